package cli

import (
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	gmoney "google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/jiebang/jiebang/cmd/jiebang/internal/failure"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/input"
)

// Choices lists the codes of an enumeration for the help of a flag.
func Choices(e protoreflect.Enum) string {
	var list []string
	for _, c := range input.Codes(e) {
		list = append(list, c.Text)
	}
	return strings.Join(list, "、") + ",或中文名"
}

// CompleteCodes completes a flag with the codes of an enumeration.
func CompleteCodes(c *cobra.Command, flag string, e protoreflect.Enum) {
	var values []string
	for _, code := range input.Codes(e) {
		values = append(values, cobra.CompletionWithDesc(code.Text, code.Chinese))
	}
	Fixed(c, flag, values...)
}

// code is a flag that takes a code of an enumeration; it stays as it is unless the flag is given.
type code[E input.Enum] struct{ value *E }

// CodeFlag adds a flag that sets value to a code of its enumeration.
func CodeFlag[E input.Enum](c *cobra.Command, value *E, flag, usage string) {
	c.Flags().Var(code[E]{value}, flag, usage+": "+Choices(*value))
	CompleteCodes(c, flag, *value)
}

// Set implements pflag.Value.
func (v code[E]) Set(text string) (err error) {
	*v.value, err = input.ParseEnum[E](text)
	return err
}

// String implements pflag.Value.
func (v code[E]) String() string { return "" }

// Type implements pflag.Value.
func (v code[E]) Type() string { return "code" }

// CodesFlag adds a flag that takes codes of an enumeration, for ParseCodes.
func CodesFlag[E input.Enum](c *cobra.Command, texts *[]string, flag, usage string) {
	var zero E
	c.Flags().StringSliceVar(texts, flag, nil, usage+",逗号分隔: "+Choices(zero))
	CompleteCodes(c, flag, zero)
}

// ParseCodes reads the codes of a flag.
func ParseCodes[E input.Enum](flag string, texts []string) (list []E, err error) {
	for _, text := range texts {
		e, err := input.ParseEnum[E](text)
		if err != nil {
			return nil, failure.Usagef("--%s: %v", flag, err)
		}
		list = append(list, e)
	}
	return list, nil
}

// Names are the Chinese names of codes.
func Names[E input.Enum](list []E) string {
	var names []string
	for _, e := range list {
		names = append(names, input.Chinese(e))
	}
	return strings.Join(names, "、")
}

// Amount is a flag that takes an amount; 面议, where the price is open, is none.
type Amount struct {
	Value *gmoney.Money
	Open  bool // 面议 is allowed
}

// Set implements pflag.Value.
func (v *Amount) Set(text string) error {
	if v.Open && strings.TrimSpace(text) == "面议" {
		v.Value = nil
		return nil
	}
	fen, err := input.Amount(text)
	v.Value = input.Money(fen)
	return err
}

// String implements pflag.Value.
func (v *Amount) String() string { return "" }

// Type implements pflag.Value.
func (v *Amount) Type() string { return "amount" }

// Prose adds the flags of a long text: itself, or a file.
type Prose struct{ text, file string }

// Flags adds the two flags that the text can come from.
func (p *Prose) Flags(c *cobra.Command, flag, usage string) {
	c.Flags().StringVar(&p.text, flag, "", usage)
	c.Flags().StringVar(&p.file, flag+"-file", "", usage+"取自文件,- 为标准输入")
}

// Read returns the text, and whether it was given.
func (p *Prose) Read(c *cobra.Command, in io.Reader, flag string) (text string, given bool, err error) {
	const limit = 1 << 20 // far above what the API takes, which the server says better
	direct, file := c.Flags().Changed(flag), c.Flags().Changed(flag+"-file")
	switch {
	case direct && file:
		return "", false, failure.Usagef("--%s 与 --%s-file 只能用一个", flag, flag)
	case file:
		text, err = input.Text(p.file, in, limit)
		return text, true, failure.AsUsage(err)
	}
	return p.text, direct, nil
}

// flagError says in Chinese what is wrong with the flags.
func flagError(c *cobra.Command, err error) error {
	var (
		unknown *pflag.NotExistError
		missing *pflag.ValueRequiredError
		invalid *pflag.InvalidValueError
	)
	text := err.Error()
	switch {
	case errors.As(err, &unknown):
		text = "没有 " + strings.TrimPrefix(text, "unknown ") + " 这个参数"
		switch short := unknown.GetSpecifiedShortnames(); {
		case unknown.GetSpecifiedName() != "" && short == "":
			text = "没有 --" + unknown.GetSpecifiedName() + " 这个参数"
		case strings.ContainsFunc(short, func(r rune) bool { return r >= utf8.RuneSelf }): // pflag takes it apart by bytes
			text = "-" + short + " 不是参数;以 - 开头的文字请写在 -- 之后: -- -" + short
		}
	case errors.As(err, &missing):
		text = "--" + missing.GetSpecifiedName() + " 后面缺少值"
	case errors.As(err, &invalid):
		text = "--" + invalid.GetFlag().Name + ": " + invalid.Unwrap().Error()
	}
	return &failure.UsageError{Text: text, Help: c.CommandPath()}
}
