package hook_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/jiebang/jiebang/services/noticing/hook"
)

// TestPublic walks addresses of every kind.
func TestPublic(t *testing.T) {
	for text, want := range map[string]bool{
		"8.8.8.8": true, "223.5.5.5": true, "100.63.255.255": true, "100.128.0.1": true, "172.15.255.255": true, "172.32.0.1": true, "2400:3200::1": true, "2606:4700::1111": true,
		"::ffff:8.8.8.8": true, "64:ff9b::808:808": true, "2002:808:808::1": true,
		"0.0.0.0": false, "10.1.2.3": false, "100.64.0.1": false, "100.127.255.255": false, "127.0.0.1": false, "127.255.255.254": false, "169.254.169.254": false,
		"172.16.0.1": false, "172.31.255.255": false, "192.0.0.8": false, "192.0.2.1": false, "192.88.99.1": false, "192.168.1.1": false, "198.18.0.1": false, "198.51.100.1": false,
		"203.0.113.1": false, "224.0.0.1": false, "239.1.1.1": false, "240.0.0.1": false, "255.255.255.255": false,
		"::": false, "::1": false, "::127.0.0.1": false, "::ffff:127.0.0.1": false, "::ffff:10.0.0.1": false, "::ffff:169.254.169.254": false, "64:ff9b::7f00:1": false,
		"64:ff9b::a00:1": false, "64:ff9b:1::808:808": false, "2002:7f00:1::": false, "2002:a00:1::1": false, "2002:c0a8:101::": false, "2001::1": false, "2001:db8::1": false,
		"3fff::1": false, "fc00::1": false, "fd00:ec2::254": false, "fe80::1": false, "fe80::1%eth0": false, "fec0::1": false, "ff02::1": false, "2400:3200::1%eth0": false, "100::1": false,
	} {
		if got := hook.Public(netip.MustParseAddr(text)); got != want {
			t.Errorf("%s: got %t, want %t", text, got, want)
		}
	}
	if hook.Public(netip.Addr{}) {
		t.Error("no address is public")
	}
}

// TestURL tries addresses of webhooks, with and without the flag for development.
func TestURL(t *testing.T) {
	for text, want := range map[string][2]bool{ // in production, in development
		"https://hooks.example.com/jiebang?x=1": {true, true}, "https://8.8.8.8:8443/": {true, true}, "https://[2400:3200::1]/": {true, true},
		"http://hooks.example.com/": {}, "https://": {}, "": {}, "ftp://a/": {}, "hooks.example.com": {}, "https://a:b@example.com/": {}, "https://example.com/#x": {},
		"https://10.0.0.1/": {}, "https://[::ffff:10.0.0.1]/": {}, "https://例子.cn/": {}, "https://example.com/ x": {}, "https://example.com/\n": {},
		"https://127.0.0.1/": {false, true}, "http://127.0.0.1:8080/": {false, true}, "http://[::1]/": {false, true}, "https://localhost/": {false, true}, "http://localhost/": {},
	} {
		for i, loopback := range []bool{false, true} {
			if got := hook.CheckURL(text, loopback) == nil; got != want[i] {
				t.Errorf("%q, loopback %t: got %t, want %t", text, loopback, got, want[i])
			}
		}
	}
}

// TestSignIsForever pins a signature, made once by the reference of standard-webhooks' rule, and the secret's form.
func TestSignIsForever(t *testing.T) {
	key := []byte("0123456789abcdef0123456789abcdef")
	got := hook.Sign(key, "notices/n330182-0123456789abcdef", time.Unix(1772424000, 999), []byte(`{"type":"demand.closed"}`))
	if want := "v1,34yFyeRuBJ8Sm8W7K+5K7W3DMpuAMeaiSNBhZVz+q7U="; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := hook.Secret(key), "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	a, _ := hook.Key(key, []byte("nonce"), "w1")
	b, _ := hook.Key(key, []byte("nonce"), "w2")
	c, _ := hook.Key(key, []byte("other"), "w1")
	if string(a) == string(b) || string(a) == string(c) || len(a) != 32 {
		t.Error("two webhooks have one key")
	}
}

// TestWait walks the schedule to its end.
func TestWait(t *testing.T) {
	var all time.Duration
	tries := 1
	for {
		w, ok := hook.Wait(tries)
		if !ok {
			break
		}
		all, tries = all+w, tries+1
	}
	if want := 31*time.Hour + 11*time.Minute + 5*time.Second; all != want || tries != 7 {
		t.Errorf("got %v and %d tries, want %v and 7", all, tries, want)
	}
	if _, ok := hook.Wait(0); ok {
		t.Error("a wait after nothing has failed")
	}
}
