package services

import (
	"net"
	"strings"

	"github.com/jiebang/jiebang/services/internal/pages"
	"github.com/jiebang/jiebang/services/login"
	"github.com/jiebang/jiebang/services/login/sso"
)

// openLogins reads the identity providers outside. One without an issuer or an audience keeps the server from starting.
func (s *Server) openLogins(seed []byte) (*login.Logins, error) {
	o := login.Options{Seed: seed, Origin: s.config.Origin, Log: s.config.Log}
	if s.config.SignOnFile != "" {
		var err error
		if o.Providers, err = sso.Read(s.config.SignOnFile); err != nil {
			return nil, err
		}
	}
	return login.New(s.db, s.accounts, o)
}

// pages are the pages on which persons log in.
func (s *Server) pages() *pages.Pages {
	return pages.New(s.inProcess, s.config.TLSCert != "" || strings.HasPrefix(s.config.Origin, "https://"), s.db.Rand())
}

// origin is where people open a platform that says nothing else: its own HTTP port, on localhost if that listens on every address.
func (c *Config) origin() string {
	scheme := "http://"
	if c.TLSCert != "" {
		scheme = "https://"
	}
	host, port, err := net.SplitHostPort(c.HTTPAddress)
	if ip := net.ParseIP(host); err != nil || host == "" || ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	return scheme + net.JoinHostPort(host, port)
}
