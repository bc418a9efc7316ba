package sheet_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/saldo-pix/saldo/internal/sheet"
)

func TestWhatWasLoadedIsNoChange(t *testing.T) {
	var s sheet.Sheet[string, int]
	s.Load("a", 1)
	s.Blank("b", 2)
	if len(s.Changes()) != 0 || s.Mark() != 0 {
		t.Errorf("changes %v, mark %d after loading", s.Changes(), s.Mark())
	}
	if v, ok := s.Get("a"); v != 1 || !ok {
		t.Errorf("a is %d, %t", v, ok)
	}
	if v, ok := s.Get("b"); v != 2 || !ok {
		t.Errorf("b is %d, %t", v, ok)
	}
	if v, ok := s.Get("c"); v != 0 || ok || s.Loaded("c") {
		t.Errorf("c is %d, %t and was never loaded", v, ok)
	}
}

func TestChangesTellWhatTheStoreMustDo(t *testing.T) {
	var s sheet.Sheet[string, int]
	s.Load("loaded", 1)
	s.Load("removed", 1)
	s.Load("untouched", 1)
	s.Blank("blank", 0)
	s.Put("new", 2)
	s.Put("loaded", 3)
	s.Put("new", 4)
	s.Put("blank", 5)
	s.Delete("removed")
	s.Delete("unseen")
	want := []sheet.Change[string, int]{
		{Key: "new", Value: 4},
		{Key: "loaded", Value: 3, Stored: true},
		{Key: "blank", Value: 5},
		{Key: "removed", Deleted: true, Stored: true},
		{Key: "unseen", Deleted: true},
	}
	if got := s.Changes(); !slices.Equal(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
}

func TestRollbackReturnsToTheMark(t *testing.T) {
	var s sheet.Sheet[string, int]
	s.Load("a", 1)
	s.Put("b", 2)
	mark := s.Mark()
	s.Put("a", 9)
	s.Put("b", 9)
	s.Delete("b")
	s.Put("c", 9)
	s.Rollback(mark)
	want := []sheet.Change[string, int]{{Key: "b", Value: 2}}
	if got := s.Changes(); !slices.Equal(got, want) || s.Mark() != mark {
		t.Errorf("got %+v at %d, want %+v at %d", got, s.Mark(), want, mark)
	}
	if v, ok := s.Get("a"); v != 1 || !ok {
		t.Errorf("a is %d, %t after the rollback", v, ok)
	}
	if _, ok := s.Get("c"); ok {
		t.Error("c is there after the rollback")
	}
	s.Rollback(0)
	if got := s.Changes(); len(got) != 0 {
		t.Errorf("changes %+v after all was taken back", got)
	}
}

// model is a sheet as two maps: what the store has, and what is there now.
type model struct {
	now     map[int]int
	changed map[int]bool
}

func (m model) clone() model { return model{maps.Clone(m.now), maps.Clone(m.changed)} }

// told is what Changes must tell of the model, and what it tells, by key.
func told(m model) map[int]string {
	out := make(map[int]string)
	for k := range m.changed {
		v, present := m.now[k]
		out[k] = fmt.Sprint(v, !present)
	}
	return out
}

func tells(t *rapid.T, s *sheet.Sheet[int, int]) map[int]string {
	out := make(map[int]string)
	for _, c := range s.Changes() {
		if _, twice := out[c.Key]; twice {
			t.Fatalf("key %d is told twice", c.Key)
		}
		out[c.Key] = fmt.Sprint(c.Value, c.Deleted)
	}
	return out
}

func TestRandomChangesAndRollbacks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var s sheet.Sheet[int, int]
		m := model{map[int]int{}, map[int]bool{}}
		for k := range 3 {
			s.Load(k, k)
			m.now[k] = k
		}
		type point struct {
			mark sheet.Mark
			then model
		}
		points := []point{{s.Mark(), m.clone()}}
		key := rapid.IntRange(0, 5)
		t.Repeat(map[string]func(*rapid.T){
			"put": func(t *rapid.T) {
				k, v := key.Draw(t, "key"), rapid.IntRange(10, 99).Draw(t, "value")
				s.Put(k, v)
				m.now[k], m.changed[k] = v, true
			},
			"delete": func(t *rapid.T) {
				k := key.Draw(t, "key")
				s.Delete(k)
				delete(m.now, k)
				m.changed[k] = true
			},
			"mark": func(*rapid.T) { points = append(points, point{s.Mark(), m.clone()}) },
			"rollback": func(t *rapid.T) {
				i := rapid.IntRange(0, len(points)-1).Draw(t, "point")
				s.Rollback(points[i].mark)
				m = points[i].then.clone()
				points = points[:i+1]
			},
			"": func(t *rapid.T) {
				for k := range 6 {
					got, ok := s.Get(k)
					if want, present := m.now[k]; got != want || ok != present {
						t.Fatalf("key %d is %d, %t; want %d, %t", k, got, ok, want, present)
					}
				}
				if got, want := tells(t, &s), told(m); !maps.Equal(got, want) {
					t.Fatalf("changes %v, want %v", got, want)
				}
			},
		})
	})
}
