package seal

import "io"

// possession is what a challenge is bound to. It begins unlike an envelope, so answering a challenge opens no stanza.
func possession(recipient, about string) []byte {
	w := writer("jiebang possession 1\n")
	w.text("recipient", recipient)
	w.text("about", about)
	return w
}

// NewChallenge makes a question that only the holder of recipient's secret key can answer, and its answer. About is what the question is for,
// such as a demand and a date; the answer of one about is none of another.
func NewChallenge(rand io.Reader, recipient, about string) (challenge []byte, answer Digest, err error) {
	public, err := publicKey(recipient)
	if err != nil {
		return nil, answer, err
	}
	ephemeral, secret := make([]byte, KeySize), make([]byte, KeySize)
	for _, b := range [][]byte{ephemeral, secret} {
		if _, err := io.ReadFull(rand, b); err != nil {
			return nil, answer, err
		}
	}
	challenge, err = sealTo(public, ephemeral, possession(recipient, about), secret)
	return challenge, answerOf(recipient, about, secret), err
}

func answerOf(recipient, about string, secret []byte) Digest {
	return Sum(append(possession(recipient, about), secret...))
}

// Answer answers a challenge.
func (i *Identity) Answer(about string, challenge []byte) (Digest, error) {
	secret, err := i.open(possession(i.Recipient(), about), challenge)
	if err != nil {
		return Digest{}, ErrChallenge
	}
	return answerOf(i.Recipient(), about, secret), nil
}
