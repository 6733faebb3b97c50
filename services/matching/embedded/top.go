package embedded

import "slices"

// hit is a document found.
type hit struct {
	view  int
	doc   uint32
	score float32
}

// top keeps the first hits of an order, in a heap whose root is the last of them.
type top struct {
	most   int
	before func(a, b hit) int // negative if a comes first
	heap   []hit
}

func (t *top) offer(h hit) {
	if len(t.heap) < t.most {
		t.heap = append(t.heap, h)
		for i := len(t.heap) - 1; i > 0; {
			up := (i - 1) / 2
			if t.before(t.heap[i], t.heap[up]) <= 0 {
				return
			}
			t.heap[i], t.heap[up] = t.heap[up], t.heap[i]
			i = up
		}
		return
	}
	if len(t.heap) == 0 || t.before(h, t.heap[0]) >= 0 {
		return
	}
	t.heap[0] = h
	for i := 0; ; {
		last := i
		for _, down := range [2]int{2*i + 1, 2*i + 2} {
			if down < len(t.heap) && t.before(t.heap[down], t.heap[last]) > 0 {
				last = down
			}
		}
		if last == i {
			return
		}
		t.heap[i], t.heap[last] = t.heap[last], t.heap[i]
		i = last
	}
}

// sorted returns the hits, first first.
func (t *top) sorted() []hit {
	slices.SortFunc(t.heap, t.before)
	return t.heap
}
