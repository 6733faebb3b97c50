package shamir

import (
	"bytes"
	"encoding/hex"
	"io"
	"testing"

	"pgregory.net/rapid"

	"github.com/jiebang/jiebang/services/internal/chance"
)

// TestField compares the field with another way to calculate in it: powers of the generator 3, whose table is made by shifts alone.
func TestField(t *testing.T) {
	var power [255]byte
	logarithm := map[byte]int{}
	x := 1
	for i := range power {
		power[i], logarithm[byte(x)] = byte(x), i
		x ^= x << 1 // times 3
		if x > 255 {
			x ^= 0x11b
		}
	}
	if x != 1 || len(logarithm) != 255 {
		t.Fatal("3 does not generate the field")
	}
	for a := range 256 {
		for b := range 256 {
			want := byte(0)
			if a > 0 && b > 0 {
				want = power[(logarithm[byte(a)]+logarithm[byte(b)])%255]
			}
			if got := mul(byte(a), byte(b)); got != want {
				t.Fatalf("%d times %d is %d, want %d", a, b, got, want)
			}
		}
		if got := mul(byte(a), inverse(byte(a))); a > 0 && got != 1 || a == 0 && inverse(0) != 0 {
			t.Fatalf("%d times its inverse is %d", a, got)
		}
	}
}

// TestTwoOfThree tries every byte of a secret with every coefficient: all pairs join it, and a share alone can be of every secret, of each
// with exactly one coefficient.
func TestTwoOfThree(t *testing.T) {
	seen := [3][256][256]bool{} // by place, secret and share
	for secret := range 256 {
		for coefficient := 0; coefficient < 256; coefficient += Size {
			var key, chosen [Size]byte
			for i := range Size {
				key[i], chosen[i] = byte(secret), byte(coefficient+i)
			}
			shares, err := Split(bytes.NewReader(chosen[:]), key, 2, 3)
			if err != nil {
				t.Fatal(err)
			}
			for _, pair := range [][2]byte{{0, 1}, {0, 2}, {1, 2}, {2, 0}} {
				points := []Point{{pair[0] + 1, shares[pair[0]]}, {pair[1] + 1, shares[pair[1]]}}
				if got := Join(points, 0); got != key {
					t.Fatalf("%v give %x, want %x", pair, got, key)
				}
			}
			for place, share := range shares {
				for _, b := range share {
					if seen[place][secret][b] {
						t.Fatalf("at place %d two coefficients give share %d of %d", place, b, secret)
					}
					seen[place][secret][b] = true
				}
			}
		}
	}
}

// TestAnySubset shares whatever secret in whatever way: any t shares give it and every share, and with one less every secret is as likely: for
// each there is a share at another place that makes it.
func TestAnySubset(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		n := rapid.IntRange(1, 9).Draw(r, "n")
		k := rapid.IntRange(1, n).Draw(r, "t")
		var secret [Size]byte
		copy(secret[:], rapid.SliceOfN(rapid.Byte(), Size, Size).Draw(r, "secret"))
		shares, err := Split(chance.Seeded(rapid.String().Draw(r, "seed")), secret, k, n)
		if err != nil {
			r.Fatal(err)
		}
		places := rapid.Permutation(make([]int, n)).Draw(r, "unused")
		for i := range places {
			places[i] = i
		}
		places = rapid.Permutation(places).Draw(r, "places")
		var points []Point
		for _, p := range places[:k] {
			points = append(points, Point{byte(p + 1), shares[p]})
		}
		if got := Join(points, 0); got != secret {
			r.Fatalf("%v give %x, want %x", places[:k], got, secret)
		}
		for i, s := range shares {
			if got := Join(points, byte(i+1)); got != s {
				r.Fatalf("%v give share %d as %x, want %x", places[:k], i, got, s)
			}
		}
		var any [Size]byte
		copy(any[:], rapid.SliceOfN(rapid.Byte(), Size, Size).Draw(r, "any"))
		through := append([]Point{{0, any}}, points[1:]...) // t−1 shares and any secret
		missing := Join(through, points[0].X)
		if got := Join(append([]Point{{points[0].X, missing}}, points[1:]...), 0); got != any {
			r.Fatal("t−1 shares rule a secret out")
		}
	})
}

// TestSplitIsForever pins shares. Their second column can be checked by hand: 1 + 2·x at x = 1, 2, 3 is 3, 5, 7.
func TestSplitIsForever(t *testing.T) {
	secret, coefficients := [Size]byte{1, 0xff, 0x53}, [Size]byte{2, 0x80, 0xca}
	shares, err := Split(bytes.NewReader(coefficients[:]), secret, 2, 3)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"037f99", "05e4dc", "076416"} {
		if got := hex.EncodeToString(shares[i][:3]); got != want {
			t.Errorf("share %d: got %s, want %s", i, got, want)
		}
	}
}

// TestChanceFails makes sure that no share is made without chance.
func TestChanceFails(t *testing.T) {
	if shares, err := Split(io.LimitReader(chance.Seeded("x"), Size+1), [Size]byte{}, 3, 3); err == nil {
		t.Errorf("got %x", shares)
	}
}
