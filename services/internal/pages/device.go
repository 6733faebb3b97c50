package pages

import (
	"encoding/json"
	"net/http"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/jiebang/jiebang/services/internal/rpc"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// showDevice shows which device asks; to somebody who has not logged in, the form for that first.
func (p *Pages) showDevice(w http.ResponseWriter, r *http.Request) {
	v := view{Title: "设备登录", UserCode: cameFor(r.FormValue("user_code"))}
	if v.Account = p.account(r); v.Account == nil {
		p.loginPage(w, r, http.StatusOK, v)
		return
	}
	if v.UserCode == "" {
		if r.FormValue("user_code") != "" {
			v.Problem = "设备代码是八个字母,如 BCDF-GHJK"
		}
		p.show(w, http.StatusOK, "device.html", v)
		return
	}
	d, err := p.logins.GetDeviceLogin(as(r, p.secret(r)), &pb.GetDeviceLoginRequest{Name: "deviceLogins/" + v.UserCode})
	code := http.StatusOK
	if err != nil {
		v.Problem, code = problem(w, err)
	}
	v.Device = d
	p.show(w, code, "device.html", v)
}

// answerDevice says yes or no to a device.
func (p *Pages) answerDevice(w http.ResponseWriter, r *http.Request) {
	if !form(w, r) {
		return
	}
	v := view{Title: "设备登录", UserCode: cameFor(r.PostFormValue("user_code"))}
	if v.Account = p.account(r); v.Account == nil {
		p.loginPage(w, r, http.StatusForbidden, v)
		return
	}
	var err error
	name, ctx := "deviceLogins/"+v.UserCode, as(r, p.secret(r))
	switch r.PostFormValue("answer") {
	case "yes":
		_, err = p.logins.ApproveDeviceLogin(ctx, &pb.ApproveDeviceLoginRequest{Name: name})
		v.Done = "已允许。请回到设备上继续。"
	case "no":
		_, err = p.logins.DenyDeviceLogin(ctx, &pb.DenyDeviceLoginRequest{Name: name})
		v.Done = "已拒绝。该设备不会登录。"
	default:
		p.showDevice(w, r)
		return
	}
	code := http.StatusOK
	if err != nil {
		v.Done = ""
		v.Problem, code = problem(w, err)
	}
	p.show(w, code, "device.html", v)
}

// deviceGrant is the grant of RFC 8628.
const deviceGrant = "urn:ietf:params:oauth:grant-type:device_code"

// tell answers a program that speaks OAuth.
func tell(w http.ResponseWriter, code int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Pragma", "no-cache")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(v)
}

// oauthError is an error of RFC 6749 and RFC 8628; the text is for people.
type oauthError struct {
	Error string `json:"error"`
	Text  string `json:"error_description,omitempty"`
}

// oauthErrors are what the reasons of a device's login are called there.
var oauthErrors = map[string]string{
	"DEVICE_PENDING": "authorization_pending", "DEVICE_SLOW_DOWN": "slow_down", "RATE_LIMITED": "slow_down", "DEVICE_DENIED": "access_denied", "DEVICE_EXPIRED": "expired_token",
	"DEVICE_CODE": "invalid_grant", "SESSION_ENDED": "access_denied", "FACTOR_MISSING": "access_denied", "FIELD_INVALID": "invalid_request",
}

// refuse tells a program what went wrong.
func refuse(w http.ResponseWriter, err error) {
	name, ok := oauthErrors[rpc.Reason(err)]
	text, _ := problem(w, err)
	switch {
	case ok:
		tell(w, http.StatusBadRequest, oauthError{name, text})
	case status.Code(err) == codes.Unavailable:
		tell(w, http.StatusServiceUnavailable, oauthError{"temporarily_unavailable", text})
	default:
		tell(w, http.StatusInternalServerError, oauthError{"server_error", text})
	}
}

// authorizeDevice is the device authorization endpoint.
func (p *Pages) authorizeDevice(w http.ResponseWriter, r *http.Request) {
	if !form(w, r) {
		return
	}
	program := short(r.PostFormValue("client_id"))
	if program == "" {
		tell(w, http.StatusBadRequest, oauthError{"invalid_request", "缺少 client_id:程序的名称"})
		return
	}
	s, err := p.logins.StartDeviceLogin(as(r, ""), &pb.StartDeviceLoginRequest{Agent: program})
	if err != nil {
		refuse(w, err)
		return
	}
	tell(w, http.StatusOK, map[string]any{"device_code": s.GetDeviceCode(), "user_code": s.GetUserCode(), "verification_uri": s.GetVerificationUri(),
		"verification_uri_complete": s.GetCompleteVerificationUri(), "expires_in": s.GetLifetime().GetSeconds(), "interval": s.GetInterval().GetSeconds()})
}

// token is the token endpoint; it knows the device grant alone.
func (p *Pages) token(w http.ResponseWriter, r *http.Request) {
	if !form(w, r) {
		return
	}
	switch {
	case r.PostFormValue("grant_type") == "":
		tell(w, http.StatusBadRequest, oauthError{"invalid_request", "缺少 grant_type"})
		return
	case r.PostFormValue("grant_type") != deviceGrant:
		tell(w, http.StatusBadRequest, oauthError{"unsupported_grant_type", "只支持 " + deviceGrant})
		return
	case r.PostFormValue("device_code") == "":
		tell(w, http.StatusBadRequest, oauthError{"invalid_request", "缺少 device_code"})
		return
	}
	s, err := p.logins.PollDeviceLogin(as(r, ""), &pb.PollDeviceLoginRequest{DeviceCode: r.PostFormValue("device_code")})
	if err != nil {
		refuse(w, err)
		return
	}
	life := s.GetSession().GetExpireTime().AsTime().Sub(s.GetSession().GetCreateTime().AsTime())
	tell(w, http.StatusOK, map[string]any{"access_token": s.GetSecret(), "token_type": "Bearer", "expires_in": int64(life.Seconds())})
}
