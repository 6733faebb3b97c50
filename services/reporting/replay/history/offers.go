package history

import (
	"fmt"

	"github.com/jiebang/jiebang/services/ledger/entry"
	"github.com/jiebang/jiebang/services/offering/achievement"
	"github.com/jiebang/jiebang/services/offering/profile"
)

// offer is one kind of what organizations offer: how it moves, and which columns its owner writes.
type offer[S ~string] struct {
	name    string
	draft   S
	moves   map[string]func(S) (S, error) // by the event of the entry
	publish func(S) S                     // what an import that publishes makes of a state
	content []string
	fits    func(e *entry.Entry) error
}

var achievementOffer = offer[achievement.State]{
	name: "成果", draft: achievement.Draft,
	moves: map[string]func(achievement.State) (achievement.State, error){
		"listed":    func(s achievement.State) (achievement.State, error) { return s.Next(achievement.Publish) },
		"withdrawn": func(s achievement.State) (achievement.State, error) { return s.Next(achievement.Withdraw) },
	},
	publish: func(s achievement.State) achievement.State { return s.Imported(true) },
	content: []string{"title", "summary", "field", "industries", "disciplines", "keywords", "properties", "trl", "maturity", "modes", "price_fen", "region", "external_id"},
	fits:    func(*entry.Entry) error { return nil },
}

var profileOffer = offer[profile.State]{
	name: "专家、实验室或经纪人", draft: profile.Draft,
	moves: map[string]func(profile.State) (profile.State, error){
		"listed":    func(s profile.State) (profile.State, error) { return s.Next(profile.Publish) },
		"withdrawn": func(s profile.State) (profile.State, error) { return s.Next(profile.Withdraw) },
	},
	publish: func(s profile.State) profile.State { return s.Imported(true) },
	content: []string{"kind", "display_name", "position", "introduction", "fields", "industries", "disciplines", "keywords", "equipment", "region", "consented", "external_id"},
	fits: func(e *entry.Entry) error {
		if value(e, "state") == string(profile.Listed) && value(e, "kind") == string(profile.Expert) && value(e, "consented") != "true" {
			return fmt.Errorf("专家未同意公开即上架")
		}
		return nil
	},
}

// offers is the rule of what is offered.
func offers[S ~string](o offer[S]) rule {
	return func(_ *History, e *entry.Entry, s *subject, event string, known bool) error {
		return offered(e, s, event, known, o)
	}
}

// offered checks an entry about what is offered. Its owner stays; to list it and to withdraw it leaves its content as it was.
func offered[S ~string](e *entry.Entry, s *subject, event string, known bool, o offer[S]) error {
	content, owner := fixedColumns(e, o.content...), fixedColumns(e, "organization_id", "created_at")
	was, state := S(s.state), S(value(e, "state"))
	ok := false
	switch event {
	case "drafted":
		ok = !known && state == o.draft
	case "edited":
		ok = known && state == was
	case "imported":
		if !known {
			was = o.draft
		}
		ok = state == was || state == o.publish(was)
	default:
		if move := o.moves[event]; move != nil && known {
			next, err := move(was)
			ok = err == nil && state == next
		}
		if ok && content != s.fixed {
			return fmt.Errorf("%s上架或撤回时内容被改动", o.name)
		}
	}
	if !ok {
		return fmt.Errorf("%s的状态不能由 %s 变为 %s(%s)", o.name, s.state, state, e.Kind)
	}
	if known && owner != s.owner {
		return fmt.Errorf("%s换了所属单位或创建时间", o.name)
	}
	s.fixed, s.owner = content, owner
	return o.fits(e)
}
