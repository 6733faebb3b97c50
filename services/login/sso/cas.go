package sso

import (
	"bytes"
	"context"
	"encoding/xml"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

// casProvider speaks CAS 3.0: a ticket that the browser brings is good once, for the address that it was made for, which has the state in it.
type casProvider struct {
	config   Config
	callback string
	client   *http.Client
}

// service is the address that a ticket is for.
func (p *casProvider) service(f Flow) string {
	return p.callback + "?" + url.Values{"state": {f.State}}.Encode()
}

func (p *casProvider) address(path string, query url.Values) string {
	return strings.TrimSuffix(p.config.Issuer, "/") + path + "?" + query.Encode()
}

// Begin implements Provider.
func (p *casProvider) Begin(_ context.Context, f Flow) (string, error) {
	return p.address("/login", url.Values{"service": {p.service(f)}}), nil
}

// serviceTicket is the form of a ticket for a service; those for proxies begin otherwise.
var serviceTicket = regexp.MustCompile(`^ST-[A-Za-z0-9._-]{1,250}$`)

// Finish implements Provider.
func (p *casProvider) Finish(ctx context.Context, f Flow, b Back) (Proof, error) {
	if !serviceTicket.MatchString(b.Ticket) {
		return Proof{}, ErrRefused.With("error", "no ticket")
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.address("/p3/serviceValidate", url.Values{"service": {p.service(f)}, "ticket": {b.Ticket}}), nil)
	if err != nil {
		return Proof{}, err
	}
	resp, err := p.client.Do(req)
	if err != nil {
		return Proof{}, silent(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return Proof{}, ErrSilent.With(why, resp.Status)
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return Proof{}, silent(err)
	}
	user, err := casUser(body)
	return Proof{Issuer: p.config.Issuer, Subject: user}, err
}

// casAnswer is what CAS says of a ticket.
type casAnswer struct {
	XMLName xml.Name `xml:"http://www.yale.edu/tp/cas serviceResponse"`
	Success []struct {
		User    []string `xml:"http://www.yale.edu/tp/cas user"`
		Proxies []string `xml:"http://www.yale.edu/tp/cas proxies"`
	} `xml:"http://www.yale.edu/tp/cas authenticationSuccess"`
	Failure []struct {
		Code string `xml:"code,attr"`
	} `xml:"http://www.yale.edu/tp/cas authenticationFailure"`
}

// casUser reads whose a ticket is. Two answers in one, a declaration, or a word behind the answer are refused: not everybody would read them alike.
func casUser(body []byte) (string, error) {
	if bytes.Contains(body, []byte("<!")) {
		return "", untrusted("the answer has declarations or comments")
	}
	var a casAnswer
	d := xml.NewDecoder(bytes.NewReader(body))
	if err := d.Decode(&a); err != nil {
		return "", untrusted(err.Error())
	}
	for {
		t, err := d.Token()
		if err == io.EOF {
			break
		}
		if text, ok := t.(xml.CharData); err != nil || !ok || len(bytes.TrimSpace(text)) > 0 {
			return "", untrusted("there is something behind the answer")
		}
	}
	if len(a.Failure) == 1 && len(a.Success) == 0 {
		return "", ErrRefused.With("error", a.Failure[0].Code)
	}
	if len(a.Success) != 1 || len(a.Failure) != 0 || len(a.Success[0].User) != 1 || len(a.Success[0].Proxies) != 0 {
		return "", untrusted("the answer does not name one person, alone")
	}
	user := strings.TrimSpace(a.Success[0].User[0])
	if user == "" || len(user) > mostSubject {
		return "", untrusted("the answer names nobody")
	}
	return user, nil
}
