// Command protogen compiles proto/jiebang/v1 and runs the code generators on it. The protos of google/api, google/type, google/rpc and
// buf/validate come from the descriptors that are linked in below, so generation needs neither network nor copies of them.
//
// Usage, in the root of the repository: go -C tools run ./protogen [-descriptors FILE]
package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"

	_ "buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"github.com/bufbuild/protocompile"
	"github.com/bufbuild/protocompile/linker"
	"github.com/bufbuild/protocompile/protoutil"
	_ "google.golang.org/genproto/googleapis/api/annotations"
	_ "google.golang.org/genproto/googleapis/type/date"
	_ "google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"
	_ "google.golang.org/protobuf/types/known/fieldmaskpb"
	_ "google.golang.org/protobuf/types/known/timestamppb"
	"google.golang.org/protobuf/types/pluginpb"
)

const module = "github.com/jiebang/jiebang"

// plugins are the generators in the order in which they run, with the directory that each writes to and its parameter.
var plugins = []struct{ name, out, parameter string }{
	{"protoc-gen-go", ".", "module=" + module},
	{"protoc-gen-go-grpc", ".", "module=" + module},
	{"protoc-gen-grpc-gateway", ".", "module=" + module},
	{"protoc-gen-openapiv3", "proto/gen/openapi", ""},
}

func main() {
	log.SetFlags(0)
	descriptors := flag.String("descriptors", "", "only write the descriptor set to this `file`, for the linters")
	flag.Parse()
	root, err := filepath.Abs("..")
	if err != nil {
		log.Fatal(err)
	}
	if err := run(root, *descriptors); err != nil {
		log.Fatal(err)
	}
}

func run(root, descriptors string) error {
	files, own, err := compile(filepath.Join(root, "proto"))
	if err != nil {
		return err
	}
	if descriptors != "" {
		set, err := proto.Marshal(&descriptorpb.FileDescriptorSet{File: files})
		if err != nil {
			return err
		}
		return os.WriteFile(descriptors, set, 0o644)
	}
	if err := os.RemoveAll(filepath.Join(root, "proto/gen")); err != nil {
		return err
	}
	for _, p := range plugins {
		if err := generate(root, files, own, p.name, p.out, p.parameter); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
	}
	return mergeOpenAPI(filepath.Join(root, "proto/gen/openapi"))
}

// compile returns the descriptors of all files that ours need, in the order of their imports, and the names of our own.
func compile(dir string) (files []*descriptorpb.FileDescriptorProto, own []string, err error) {
	paths, err := filepath.Glob(filepath.Join(dir, "jiebang/v1/*.proto"))
	if err != nil {
		return nil, nil, err
	}
	for _, p := range paths {
		own = append(own, "jiebang/v1/"+filepath.Base(p))
	}
	sort.Strings(own)
	linked := protocompile.ResolverFunc(func(path string) (protocompile.SearchResult, error) {
		d, err := protoregistry.GlobalFiles.FindFileByPath(path)
		return protocompile.SearchResult{Desc: d}, err
	})
	compiler := protocompile.Compiler{
		Resolver:       protocompile.CompositeResolver{&protocompile.SourceResolver{ImportPaths: []string{dir}}, linked},
		SourceInfoMode: protocompile.SourceInfoExtraComments,
	}
	result, err := compiler.Compile(context.Background(), own...)
	if err != nil {
		return nil, nil, err
	}
	seen := map[string]bool{}
	for _, f := range result {
		files = appendWithImports(files, seen, f)
	}
	return files, own, nil
}

func appendWithImports(files []*descriptorpb.FileDescriptorProto, seen map[string]bool, f protoreflect.FileDescriptor) []*descriptorpb.FileDescriptorProto {
	if seen[f.Path()] {
		return files
	}
	seen[f.Path()] = true
	for i := range f.Imports().Len() {
		files = appendWithImports(files, seen, f.Imports().Get(i).FileDescriptor)
	}
	if result, ok := f.(linker.Result); ok {
		return append(files, result.FileDescriptorProto())
	}
	return append(files, protoutil.ProtoFromFileDescriptor(f))
}

// generate runs one plugin by protoc's protocol and writes its files below root.
func generate(root string, files []*descriptorpb.FileDescriptorProto, own []string, plugin, out, parameter string) error {
	request, err := proto.Marshal(&pluginpb.CodeGeneratorRequest{FileToGenerate: own, Parameter: &parameter, ProtoFile: files})
	if err != nil {
		return err
	}
	cmd := exec.Command("go", "tool", plugin)
	cmd.Stdin = bytes.NewReader(request)
	cmd.Stderr = os.Stderr
	answer, err := cmd.Output()
	if err != nil {
		return err
	}
	response := &pluginpb.CodeGeneratorResponse{}
	if err := proto.Unmarshal(answer, response); err != nil {
		return err
	}
	if response.Error != nil {
		return fmt.Errorf("%s", response.GetError())
	}
	for _, f := range response.File {
		path := filepath.Join(root, out, filepath.FromSlash(strings.TrimPrefix(f.GetName(), "/")))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(f.GetContent()), 0o644); err != nil {
			return err
		}
	}
	return nil
}
