package party

import (
	"net/netip"

	"github.com/jiebang/jiebang/services/fault"
)

// ErrNetwork says that a network is not in CIDR notation.
var ErrNetwork = fault.New(fault.Invalid, "TOKEN_NETWORK", "a network is written as an address and the length of its prefix, such as 10.1.0.0/16")

// CheckNetworks reports whether all networks are in CIDR notation.
func CheckNetworks(networks []string) error {
	for _, n := range networks {
		if p, err := netip.ParsePrefix(n); err != nil || p != p.Masked() {
			return ErrNetwork.With("network", n)
		}
	}
	return nil
}

// Within reports whether an address lies in one of the networks; any does if there are none.
func Within(networks []string, address string) error {
	if len(networks) == 0 {
		return nil
	}
	a, err := netip.ParseAddr(address)
	if err != nil {
		return ErrTokenAddress
	}
	for _, n := range networks {
		if p, err := netip.ParsePrefix(n); err == nil && p.Contains(a.Unmap()) {
			return nil
		}
	}
	return ErrTokenAddress.With("address", address)
}
