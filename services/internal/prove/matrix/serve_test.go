package matrix_test

import (
	"math/rand/v2"
	"testing"

	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/jiebang/jiebang/services/internal/prove/matrix"
	"github.com/jiebang/jiebang/services/internal/storagetest"
)

// TestServe asks a real server for the matrix, on each kind of database.
func TestServe(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, url string) {
		cells, wrong, err := matrix.Serve(t.Context(), url)
		if err != nil {
			t.Fatal(err, status.Convert(err).Details())
		}
		if cells < 5000 {
			t.Errorf("got %d cells, want at least 5,000", cells)
		}
		t.Logf("%d cells", cells)
		for i, w := range wrong {
			if i < 20 {
				t.Error(w)
			}
		}
		if len(wrong) > 20 {
			t.Errorf("and %d more", len(wrong)-20)
		}
	})
}

// streams are the methods that stream. Their caller is decided on again for each message, and what they are about when it is changed.
var streams = map[string]bool{"ExportTable": true, "ExportOwnTable": true, "WatchChanges": true, "UploadFile": true, "DownloadFile": true}

// TestStreams makes sure that no other method streams: for each it must be asked what a caller may still get whose rights end meanwhile.
func TestStreams(t *testing.T) {
	protoregistry.GlobalFiles.RangeFilesByPackage("jiebang.v1", func(f protoreflect.FileDescriptor) bool {
		for i := range f.Services().Len() {
			methods := f.Services().Get(i).Methods()
			for j := range methods.Len() {
				if d := methods.Get(j); (d.IsStreamingServer() || d.IsStreamingClient()) && !streams[string(d.Name())] {
					t.Errorf("%s streams; decide again for each message first", d.FullName())
				}
			}
		}
		return true
	})
}

// TestLists compares each list with what each caller gets, after random histories.
func TestLists(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, url string) {
		seed := rand.Uint64()
		compared, wrong, err := matrix.Lists(t.Context(), url, seed, 60)
		if err != nil {
			t.Fatal(err)
		}
		if compared < 3000 {
			t.Errorf("compared %d, want at least 3,000", compared)
		}
		for i, w := range wrong {
			if i < 20 {
				t.Errorf("seed %d: %s", seed, w)
			}
		}
	})
}
