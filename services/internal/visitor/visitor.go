// Package visitor says where a call comes from. What a visitor claims of itself counts for nothing; what a proxy of ours says of it does.
package visitor

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// ForwardedFor is the header in which proxies say where a call comes from.
const ForwardedFor = "x-forwarded-for"

// Address is where a call comes from: the peer; and if that is one of the proxies, the last address that it names and that is none of them.
func Address(peer string, forwarded []string, proxies []netip.Prefix) string {
	named := strings.Split(strings.Join(forwarded, ","), ",")
	for i := len(named) - 1; i >= 0 && within(peer, proxies); i-- {
		a, err := netip.ParseAddr(strings.TrimSpace(named[i]))
		if err != nil {
			break // a proxy that names no address is the best that is known
		}
		peer = a.Unmap().String()
	}
	return peer
}

func within(address string, networks []netip.Prefix) bool {
	a, err := netip.ParseAddr(address)
	return err == nil && slices.ContainsFunc(networks, func(p netip.Prefix) bool { return p.Contains(a.Unmap()) })
}

// WithoutPort is the address of a peer without its port.
func WithoutPort(address string) string {
	if a, err := netip.ParseAddrPort(address); err == nil {
		return a.Addr().Unmap().String()
	}
	return address
}

// Of is the address of an HTTP request, without its port.
func Of(r *http.Request) string { return WithoutPort(r.RemoteAddr) }

// Behind puts the address of the visitor in the place of the peer's, and removes the header: it goes no further.
func Behind(proxies []netip.Prefix, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		address := Address(Of(r), r.Header.Values(ForwardedFor), proxies)
		r = r.Clone(r.Context())
		r.Header.Del(ForwardedFor)
		if a, err := netip.ParseAddr(address); err == nil {
			r.RemoteAddr = netip.AddrPortFrom(a, 0).String() // as net/http writes it
		}
		next.ServeHTTP(w, r)
	})
}
