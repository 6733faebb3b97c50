// Package shamir shares a secret among several, so that some of them together have it and fewer know nothing about it: Shamir's method, each
// byte for itself, over GF(256) with the polynomial x⁸+x⁴+x³+x+1 of AES. The operations take the same steps whatever the values are.
package shamir

import "io"

// Size is the length of a secret and of a share of it.
const Size = 32

// mul multiplies two elements of the field.
func mul(a, b byte) (product byte) {
	for range 8 {
		product ^= a & -(b & 1)
		a = a<<1 ^ 0x1b&-(a>>7)
		b >>= 1
	}
	return product
}

// inverse is the element that a times it is 1, which is a to the power of 254; that of 0 is 0.
func inverse(a byte) byte {
	result := byte(1)
	for range 7 {
		a = mul(a, a)
		result = mul(result, a)
	}
	return result
}

// Split shares secret among n, any t of whom can Join it. The share at place i is the value at i+1 of a polynomial of degree t−1 whose value
// at 0 is the secret and whose other coefficients are chance. It wants 1 ≤ t ≤ n ≤ 255.
func Split(rand io.Reader, secret [Size]byte, t, n int) ([][Size]byte, error) {
	coefficients := make([][Size]byte, t)
	coefficients[0] = secret
	for i := 1; i < t; i++ {
		if _, err := io.ReadFull(rand, coefficients[i][:]); err != nil {
			return nil, err
		}
	}
	shares := make([][Size]byte, n)
	for i := range shares {
		for c := t - 1; c >= 0; c-- {
			for j := range shares[i] {
				shares[i][j] = mul(shares[i][j], byte(i+1)) ^ coefficients[c][j]
			}
		}
	}
	return shares, nil
}

// Point is a share and where it belongs: X is its place and one.
type Point struct {
	X     byte
	Value [Size]byte
}

// Join is the value at x of the polynomial through the points, whose X are different. At 0 it is the secret.
func Join(points []Point, x byte) (value [Size]byte) {
	for i, p := range points {
		weight := byte(1)
		for j, q := range points {
			if i != j {
				weight = mul(weight, mul(x^q.X, inverse(p.X^q.X)))
			}
		}
		for b := range value {
			value[b] ^= mul(weight, p.Value[b])
		}
	}
	return value
}
