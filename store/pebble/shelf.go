package pebble

import (
	"cmp"
	"slices"
)

// shelf is numbered things in order, in boxes of at most boxMax, none of them
// empty. It is quick with numbers that come in about their order, and with pages
// wherever they start. The zero value is empty.
type shelf[V any] [][]numbered[V]

type numbered[V any] struct {
	id    uint64
	thing V
}

const boxMax = 256

// box returns the place of the last box that begins at or below id, or of the
// first box.
func (s shelf[V]) box(id uint64) int {
	i, exact := slices.BinarySearchFunc(s, id, func(box []numbered[V], id uint64) int {
		return cmp.Compare(box[0].id, id)
	})
	if exact {
		return i
	}
	return max(i-1, 0)
}

// find returns the place of a thing, or where it would stand.
func (s shelf[V]) find(id uint64) (box, i int, exact bool) {
	if len(s) == 0 {
		return 0, 0, false
	}
	box = s.box(id)
	i, exact = slices.BinarySearchFunc(s[box], id, func(n numbered[V], id uint64) int {
		return cmp.Compare(n.id, id)
	})
	return box, i, exact
}

func (s shelf[V]) get(id uint64) (thing V, ok bool) {
	box, i, exact := s.find(id)
	if !exact {
		return thing, false
	}
	return s[box][i].thing, true
}

// page returns the first limit things numbered above after.
func (s shelf[V]) page(after uint64, limit int) []numbered[V] {
	var page []numbered[V]
	box, i, exact := s.find(after)
	if exact {
		i++
	}
	for ; box < len(s) && len(page) < limit; box, i = box+1, 0 {
		rest := s[box][i:]
		page = append(page, rest[:min(len(rest), limit-len(page))]...)
	}
	return page
}

// put adds or replaces a thing.
func (s *shelf[V]) put(id uint64, thing V) {
	at, i, exact := s.find(id)
	switch {
	case len(*s) == 0:
		*s = shelf[V]{{{id, thing}}}
	case exact:
		(*s)[at][i].thing = thing
	case len((*s)[at]) < boxMax:
		(*s)[at] = slices.Insert((*s)[at], i, numbered[V]{id, thing})
	case i == boxMax:
		*s = slices.Insert(*s, at+1, []numbered[V]{{id, thing}})
	default:
		s.split(at)
		s.put(id, thing)
	}
}

// split makes two boxes of one.
func (s *shelf[V]) split(at int) {
	box := (*s)[at]
	upper := slices.Clone(box[len(box)/2:])
	clear(box[len(box)/2:])
	(*s)[at] = box[:len(box)/2]
	*s = slices.Insert(*s, at+1, upper)
}

// delete removes a thing if it is there.
func (s *shelf[V]) delete(id uint64) {
	at, i, exact := s.find(id)
	if !exact {
		return
	}
	(*s)[at] = slices.Delete((*s)[at], i, i+1)
	if len((*s)[at]) == 0 {
		*s = slices.Delete(*s, at, at+1)
	}
}
