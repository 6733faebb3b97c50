package achievement_test

import (
	"fmt"

	"github.com/jiebang/jiebang/services/money"
	"github.com/jiebang/jiebang/services/offering/achievement"
)

// describe writes a whole content.
func describe(c achievement.Content) string {
	price := "none"
	if c.Price != nil {
		price = c.Price.String()
	}
	c.Price = nil
	return fmt.Sprintf("%+v %s", c, price)
}

func price(f money.Fen) *money.Fen { return &f }
