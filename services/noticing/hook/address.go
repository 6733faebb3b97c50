package hook

import "net/netip"

// special are the parts of IPv4 that are not the public internet.
var special = prefixes("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24",
	"192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4")

// Of IPv6 only what is given out is public, but for what is special in it.
var (
	global    = netip.MustParsePrefix("2000::/3")
	special6  = prefixes("2001::/23", "2001:db8::/32", "3fff::/20")
	sixToFour = netip.MustParsePrefix("2002::/16")
	nat64     = netip.MustParsePrefix("64:ff9b::/96")
)

func prefixes(all ...string) (out []netip.Prefix) {
	for _, p := range all {
		out = append(out, netip.MustParsePrefix(p))
	}
	return out
}

// Public reports whether an address is on the public internet. One that carries an IPv4 address in it is what that one is.
func Public(a netip.Addr) bool {
	if !a.IsValid() || a.Zone() != "" {
		return false
	}
	if a = a.Unmap(); a.Is4() {
		return !within(special, a)
	}
	b := a.As16()
	switch {
	case sixToFour.Contains(a):
		return Public(netip.AddrFrom4([4]byte(b[2:6])))
	case nat64.Contains(a):
		return Public(netip.AddrFrom4([4]byte(b[12:16])))
	}
	return global.Contains(a) && !within(special6, a)
}

func within(all []netip.Prefix, a netip.Addr) bool {
	for _, p := range all {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// Loopback reports whether an address is this machine's own.
func Loopback(a netip.Addr) bool { return a.Zone() == "" && a.Unmap().IsLoopback() }

// May reports whether a connection to an address may be made; loopback lets this machine's own pass too.
func May(a netip.Addr, loopback bool) bool { return Public(a) || loopback && Loopback(a) }
