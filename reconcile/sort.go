package reconcile

import (
	"bufio"
	"bytes"
	"container/heap"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"slices"
)

// Bounds of what one sorter holds in memory, in bytes.
const (
	sorterMemory = 4 << 20
	runBuffer    = 32 << 10 // for each run that is merged
	runsMax      = 64       // that are merged at once
)

// sorter puts any number of pairs of key and value in order of their keys, and those
// with the same key in the order in which they came. Beyond what it may hold in
// memory it writes to temporary files.
type sorter struct {
	dir    string // for temporary files
	memory int    // bytes; 0 is sorterMemory
	data   []byte // keys and values
	items  []item
	runs   []*os.File
	count  int
	keyed  bool // any key is not empty
}

// item is a pair in data: the key from at, and the value after it.
type item struct{ at, key, value int }

// itemSize is what an item takes in memory, in bytes.
const itemSize = 24

func (s *sorter) limit() int {
	if s.memory > 0 {
		return s.memory
	}
	return sorterMemory
}

// add takes in a pair. Both are copied.
func (s *sorter) add(key, value []byte) error {
	if len(s.data)+len(key)+len(value)+itemSize*len(s.items) > s.limit() && len(s.items) > 0 {
		if err := s.spill(); err != nil {
			return err
		}
	}
	s.items = append(s.items, item{len(s.data), len(key), len(value)})
	s.data = append(append(s.data, key...), value...)
	s.count++
	s.keyed = s.keyed || len(key) > 0
	return nil
}

func (s *sorter) sort() {
	if !s.keyed {
		return // a list, in the order in which it came
	}
	slices.SortStableFunc(s.items, func(a, b item) int {
		return bytes.Compare(s.data[a.at:a.at+a.key], s.data[b.at:b.at+b.key])
	})
}

// spill writes what is in memory to a file of its own, in order.
func (s *sorter) spill() error {
	s.sort()
	err := s.write(func(put func(key, value []byte) error) error {
		for _, i := range s.items {
			if err := put(s.data[i.at:i.at+i.key], s.data[i.at+i.key:i.at+i.key+i.value]); err != nil {
				return err
			}
		}
		return nil
	})
	s.items, s.data = s.items[:0], s.data[:0]
	if err == nil && len(s.runs) == runsMax {
		err = s.compact()
	}
	return err
}

// compact makes one run of all.
func (s *sorter) compact() error {
	old := s.runs
	s.runs = nil
	err := s.write(func(put func(key, value []byte) error) error {
		for pair, err := range merged(old) {
			if err == nil {
				err = put(pair.key, pair.value)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	return errors.Join(err, closeAll(old))
}

// write writes a run. The file has no name, so that it is gone with the process.
func (s *sorter) write(fill func(put func(key, value []byte) error) error) error {
	file, err := tempFile(s.dir)
	if err != nil {
		return err
	}
	s.runs = append(s.runs, file)
	out := bufio.NewWriterSize(file, runBuffer)
	var head []byte
	err = fill(func(key, value []byte) error {
		head = binary.AppendUvarint(head[:0], uint64(len(key)))
		head = binary.AppendUvarint(head, uint64(len(value)))
		for _, part := range [...][]byte{head, key, value} {
			if _, err := out.Write(part); err != nil {
				return err
			}
		}
		return nil
	})
	return errors.Join(err, out.Flush())
}

// tempFile returns an open file that nobody else sees.
func tempFile(dir string) (*os.File, error) {
	file, err := os.CreateTemp(dir, "saldo-reconcile-*")
	if err != nil {
		return nil, fmt.Errorf("a temporary file: %w", err)
	}
	_ = os.Remove(file.Name()) // where an open file can't be, closeAll does it
	return file, nil
}

func closeAll(files []*os.File) error {
	var errs []error
	for _, file := range files {
		errs = append(errs, file.Close())
		_ = os.Remove(file.Name())
	}
	return errors.Join(errs...)
}

// pair is valid until the next one.
type pair struct{ key, value []byte }

// all yields the pairs in order. Nothing may be added any more.
func (s *sorter) all() iter.Seq2[pair, error] {
	if len(s.runs) > 0 && len(s.items) > 0 {
		if err := s.spill(); err != nil {
			return func(yield func(pair, error) bool) { yield(pair{}, err) }
		}
		s.items, s.data = nil, nil
	}
	if len(s.runs) > 0 {
		return merged(s.runs)
	}
	s.sort()
	return func(yield func(pair, error) bool) {
		for _, i := range s.items {
			if !yield(pair{s.data[i.at : i.at+i.key], s.data[i.at+i.key : i.at+i.key+i.value]}, nil) {
				return
			}
		}
	}
}

// close gives back all that the sorter holds.
func (s *sorter) close() error {
	err := closeAll(s.runs)
	s.runs, s.items, s.data = nil, nil, nil
	return err
}

// run is a sorted file that is being read.
type run struct {
	in    *bufio.Reader
	order int
	pair
}

func (r *run) next() error {
	key, err := binary.ReadUvarint(r.in)
	if err != nil {
		return err
	}
	value, err := binary.ReadUvarint(r.in)
	if err != nil {
		return err
	}
	whole := slices.Grow(r.key[:0], int(key+value))[:key+value]
	_, err = io.ReadFull(r.in, whole)
	r.key, r.value = whole[:key], whole[key:]
	return err
}

// runHeap has the run with the lowest key on top, and among equal ones the oldest.
type runHeap []*run

func (h runHeap) Len() int { return len(h) }
func (h runHeap) Less(i, j int) bool {
	if c := bytes.Compare(h[i].key, h[j].key); c != 0 {
		return c < 0
	}
	return h[i].order < h[j].order
}
func (h runHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *runHeap) Push(x any)   { *h = append(*h, x.(*run)) }
func (h *runHeap) Pop() any {
	last := len(*h) - 1
	x := (*h)[last]
	*h = (*h)[:last]
	return x
}

// merged yields the pairs of sorted files in order.
func merged(files []*os.File) iter.Seq2[pair, error] {
	return func(yield func(pair, error) bool) {
		var h runHeap
		for order, file := range files {
			if _, err := file.Seek(0, io.SeekStart); err != nil {
				yield(pair{}, err)
				return
			}
			r := &run{in: bufio.NewReaderSize(file, runBuffer), order: order}
			if err := r.next(); err != nil {
				yield(pair{}, err) // a run is never empty
				return
			}
			h = append(h, r)
		}
		heap.Init(&h)
		for len(h) > 0 {
			if !yield(h[0].pair, nil) {
				return
			}
			switch err := h[0].next(); {
			case err == nil:
				heap.Fix(&h, 0)
			case errors.Is(err, io.EOF):
				heap.Pop(&h)
			default:
				yield(pair{}, err)
				return
			}
		}
	}
}
