package figure

import "math/big"

// basis is how many basis points are one.
const basis = 10_000

// Share is over / under in basis points, rounded half away from zero; false where under is not positive, or the share is beyond 64 bits.
func Share(over, under int64) (int64, bool) {
	if under <= 0 {
		return 0, false
	}
	twice := new(big.Int).Mul(big.NewInt(over), big.NewInt(2*basis))
	half := big.NewInt(under)
	if over < 0 {
		half.Neg(half)
	}
	share := twice.Add(twice, half).Quo(twice, new(big.Int).Mul(big.NewInt(under), big.NewInt(2)))
	return share.Int64(), share.IsInt64()
}

// Change 同比 is (this − last) / last in basis points. There is none between two versions of a definition, and none from nothing.
func Change(this, last int64, by, before Definition) (int64, bool) {
	if by.Ref() != before.Ref() {
		return 0, false
	}
	difference := new(big.Int).Sub(big.NewInt(this), big.NewInt(last))
	if !difference.IsInt64() {
		return 0, false
	}
	return Share(difference.Int64(), last)
}
