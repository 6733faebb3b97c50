package crossorg

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// method is a method of the API that reads.
type method struct {
	path   string
	route  string // of REST; empty if it is no GET
	answer protoreflect.MessageType
}

// personal are the services by which people log in and keep their own accounts. Nobody here is a person, and none of their methods names an organization's
// things.
var personal = []protoreflect.Name{"AccountService", "LoginService", "WatchService"}

// readers are the methods that read, by their names.
func readers() (map[string]method, error) {
	all := map[string]method{}
	var failed error
	protoregistry.GlobalFiles.RangeFilesByPackage("jiebang.v1", func(f protoreflect.FileDescriptor) bool {
		for i := range f.Services().Len() {
			s := f.Services().Get(i)
			for j := range s.Methods().Len() {
				if slices.Contains(personal, s.Name()) {
					continue
				}
				d := s.Methods().Get(j)
				if d.IsStreamingServer() || d.IsStreamingClient() {
					continue // their areas test whom they answer
				}
				if option, _ := proto.GetExtension(d.Options(), pb.E_Policy).(*pb.Policy); option.GetMutates() {
					continue
				}
				answer, err := protoregistry.GlobalTypes.FindMessageByName(d.Output().FullName())
				if err != nil {
					failed = err
				}
				rule, _ := proto.GetExtension(d.Options(), annotations.E_Http).(*annotations.HttpRule)
				all[string(d.Name())] = method{"/" + string(s.FullName()) + "/" + string(d.Name()), rule.GetGet(), answer}
			}
		}
		return true
	})
	return all, failed
}

func nameOf(req proto.Message) string {
	return strings.TrimSuffix(string(req.ProtoReflect().Descriptor().Name()), "Request")
}

// hear is every byte that somebody gets for a request over gRPC.
func (w *world) hear(ctx context.Context, who somebody, m method, req proto.Message) string {
	answer := m.answer.New().Interface()
	if err := w.server.Conn().Invoke(who.as(ctx), m.path, req, answer); err != nil {
		return protojson.Format(status.Convert(err).Proto())
	}
	w.mask(answer.ProtoReflect())
	bytes, err := proto.MarshalOptions{Deterministic: true}.Marshal(answer)
	return fmt.Sprintf("%d bytes %x %v", len(bytes), bytes, err)
}

// commitments are the fields that commit to a ledger and tell nothing of its entries: salted hashes, and what is signed over them. At which sizes checkpoints
// were kept is a matter of when a job looked, and of nothing in the entries.
var commitments = map[protoreflect.FullName]bool{
	"jiebang.v1.Ledger.root_hash": true, "jiebang.v1.Checkpoint.note": true, "jiebang.v1.Checkpoint.sign_time": true, "jiebang.v1.ListCheckpointsResponse.checkpoints": true,
	"jiebang.v1.InclusionProof.entry_hash": true, "jiebang.v1.InclusionProof.root_hash": true, "jiebang.v1.InclusionProof.hashes": true,
	"jiebang.v1.ConsistencyProof.old_root_hash": true, "jiebang.v1.ConsistencyProof.new_root_hash": true, "jiebang.v1.ConsistencyProof.hashes": true,
}

// mask leaves the commitments out, the hash of an entry of which nothing else is told, and the place of a bidder's entry among those whose order chance draws.
func (w *world) mask(m protoreflect.Message) {
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case commitments[f.FullName()], f.FullName() == "jiebang.v1.Entry.entry_hash" && m.Get(m.Descriptor().Fields().ByName("body")).Bytes() == nil:
			m.Clear(f)
		case f.FullName() == "jiebang.v1.Receipt.sequence" && w.drawn[v.Int()]:
			m.Clear(f)
			m.Clear(m.Descriptor().Fields().ByName("entry_hash"))
		case f.Message() == nil || f.IsMap():
		case f.IsList():
			for i := range v.List().Len() {
				w.mask(v.List().Get(i).Message())
			}
		default:
			w.mask(v.Message())
		}
		return true
	})
}

var (
	variable = regexp.MustCompile(`\{([a-z_.]+)=[^}]*\}`)
	masked   = regexp.MustCompile(`"(rootHash|note|signTime|entryHash|oldRootHash|newRootHash)":\s*"[^"]*"|"hashes":\s*\[[^\]]*\]|"checkpoints":\s*\[.*\]`)
)

// fetch is every byte that somebody gets for a request over REST: the status, the headers and the body.
func (w *world) fetch(ctx context.Context, who somebody, m method, req proto.Message) (string, error) {
	query, path := url.Values{}, m.route
	req.ProtoReflect().Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		if filled := variable.ReplaceAllStringFunc(path, func(s string) string {
			if variable.FindStringSubmatch(s)[1] == string(f.Name()) {
				return v.String()
			}
			return s
		}); filled != path {
			path = filled
			return true
		}
		switch {
		case f.IsList():
			for i := range v.List().Len() {
				query.Add(f.JSONName(), v.List().Get(i).String())
			}
		case f.Enum() != nil:
			query.Set(f.JSONName(), string(f.Enum().Values().ByNumber(v.Enum()).Name()))
		default:
			query.Set(f.JSONName(), v.String())
		}
		return true
	})
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+w.http+path+"?"+query.Encode(), nil)
	if err != nil {
		return "", err
	}
	if who.secret != "" {
		r.Header.Set("Authorization", "Bearer "+who.secret)
	}
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	text := string(body)
	if strings.Contains(path, "/ledgers") { // see mask
		own := strings.Contains(path, "/entries/") && strings.Contains(text, `"body":"`) && !strings.Contains(text, `"body":""`)
		if !own {
			text = masked.ReplaceAllString(text, "")
		}
	}
	resp.Header.Del("Date")
	resp.Header.Del("Content-Length") // of what is left out, too; the body is compared byte for byte
	return fmt.Sprintf("%d %v %s", resp.StatusCode, resp.Header, text), err
}
