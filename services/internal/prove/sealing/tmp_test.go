package sealing_test

import (
	"testing"

	"github.com/jiebang/jiebang/services/internal/prove/sealing"
	"github.com/jiebang/jiebang/services/internal/storagetest"
)

func TestTmp(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, url string) {
		took, err := sealing.Open(t.Context(), url, 1000)
		t.Log(took, err)
	})
}
