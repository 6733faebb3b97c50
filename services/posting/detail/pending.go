package detail

// Comment is what the bureau says about a field when it returns a demand.
type Comment struct {
	Field string `json:"field"` // path, such as details.indicators[0].test
	Text  string `json:"text"`
}

// EncodeComments is the form in which comments are stored; nothing of none.
func EncodeComments(c []Comment) string {
	if len(c) == 0 {
		return ""
	}
	return write(c)
}

// DecodeComments reads what EncodeComments wrote.
func DecodeComments(text string) (c []Comment, err error) { return c, decode(text, &c) }

// Pending is what a firm has asked and the bureau has not decided yet: a cancellation, or an amendment.
type Pending struct {
	Cancel    string     `json:"cancel,omitempty"` // code of the reason
	Text      string     `json:"text,omitempty"`   // in words
	Amendment *Amendment `json:"amendment,omitempty"`
}

// Amendment is a change after publication: the fields that it names, with their new values.
type Amendment struct {
	Fields      []string `json:"fields"`
	Description string   `json:"description,omitempty"`
	BudgetFen   *int64   `json:"budget_fen,omitempty"`
	Details     string   `json:"details,omitempty"`  // as stored
	Deadline    string   `json:"deadline,omitempty"` // RFC 3339
}

// Encode is the form in which it is stored; nothing of nothing.
func (p Pending) Encode() string { return encode(p, Pending{}) }

// DecodePending reads what Encode wrote.
func DecodePending(text string) (p Pending, err error) { return p, decode(text, &p) }
