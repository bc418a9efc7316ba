package ledger_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/saldo-pix/saldo/ledger"
)

// busy is a ledger in which everything has happened to maria.
func busy(t *testing.T) (*world, ledger.AccountID) {
	t.Helper()
	w := newWorld(t)
	operations := `
		credit maria 100.00
		clock 3s
		hold payment maria 40.00
		capture payment 15.00
		clock -1s
		release payment 5.00
		hold med maria 70.00 sweep
		credit joao 9.00
		clock 2s
		transfer joao maria 4.00
		arrive receipt maria 8.00
		release receipt 8.00
		capture med 30.00 to joao
		arrive late maria 2.50
		hold court maria 500.00 sweep
		void med
		hold gone maria 1.00 sweep
		void gone
		hold judge joao 7.00
		arrive share maria 3.00
		arrivefor maria 9.00 first 2.00 second 4.00
		hold wait maria 2000.00 sweep
		move maria first 1.50 second 4.00 share 3.00 to third 5.00 fourth 3.00
		release third 1.00
		debit joao 3.00`
	for line := range strings.Lines(strings.TrimSpace(operations)) {
		if result := w.Do(strings.Fields(line)); result != "" {
			t.Fatalf("%s: %s", line, result)
		}
	}
	return w, w.account("maria")
}

func TestSoundBooksHaveNoFindings(t *testing.T) {
	w, _ := busy(t)
	verify(t, &w.books)
}

// spoil calls visit for every field below v. flip changes the field; the caller
// works on a copy each time, so nothing is ever flipped back.
func spoil(v reflect.Value, path string, visit func(path string, flip func())) {
	if at, ok := v.Interface().(time.Time); ok {
		visit(path, func() { v.Set(reflect.ValueOf(at.Add(time.Microsecond))) })
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			spoil(v.Field(i), path+"."+v.Type().Field(i).Name, visit)
		}
	case reflect.Slice:
		for i := range v.Len() {
			spoil(v.Index(i), fmt.Sprintf("%s[%d]", path, i), visit)
		}
	case reflect.Array:
		visit(path, func() { v.Index(0).SetUint(v.Index(0).Uint() ^ 1) })
	case reflect.String:
		visit(path, func() { v.SetString(v.String() + "x") })
	case reflect.Bool:
		visit(path, func() { v.SetBool(!v.Bool()) })
	case reflect.Int64:
		visit(path, func() { v.SetInt(v.Int() + 1) })
	case reflect.Uint8, reflect.Uint32, reflect.Uint64:
		visit(path, func() { v.SetUint(v.Uint() + 1) })
	default:
		panic(path + ": no way to spoil it")
	}
}

// spoiled calls judge once for every field of what part selects, with that field
// changed.
func spoiled(w *world, id ledger.AccountID, part func(*kept) any, judge func(path string, k *kept)) {
	var paths []string
	first := reflect.ValueOf(part(copyOf(&w.books, id))).Elem()
	spoil(first, "", func(path string, _ func()) { paths = append(paths, path) })
	for _, wanted := range paths {
		k := copyOf(&w.books, id)
		spoil(reflect.ValueOf(part(k)).Elem(), "", func(path string, flip func()) {
			if path == wanted {
				flip()
			}
		})
		judge(wanted, k)
	}
}

func TestEveryFieldOfAnEntryIsGuarded(t *testing.T) {
	w, maria := busy(t)
	for i, e := range copyOf(&w.books, maria).entries {
		spoiled(w, maria, func(k *kept) any { return &k.entries[i] }, func(path string, k *kept) {
			if othersLine(e, maria, path) {
				return // found where that account is checked
			}
			wrong := k.check()
			if len(wrong) == 0 || wrong[0].Account != maria || wrong[0].Number != uint64(i+1) {
				t.Errorf("entry %d%s spoiled: got %v", i+1, path, wrong)
			}
		})
	}
}

// othersLine tells whether path is a place in an entry that only the check of
// another account's books looks at.
func othersLine(e ledger.Entry, id ledger.AccountID, path string) bool {
	for i, l := range e.Lines {
		field, inLine := strings.CutPrefix(path, fmt.Sprintf(".Lines[%d].", i))
		if inLine && l.Account != id && !slices.Contains([]string{"Account", "Posted", "Held"}, field) {
			return true
		}
	}
	return false
}

func TestEveryFieldOfAnAccountIsGuarded(t *testing.T) {
	w, maria := busy(t)
	spoiled(w, maria, func(k *kept) any { return &k.account }, func(path string, k *kept) {
		if wrong := k.check(); len(wrong) == 0 {
			t.Errorf("account%s spoiled: not noticed", path)
		}
	})
}

func TestEveryAmountAndTimeOfAHoldIsGuarded(t *testing.T) {
	w, maria := busy(t)
	// No entry tells these; they are the operator's words.
	told := []string{".Reason", ".Case", ".Deadline"}
	for i, h := range copyOf(&w.books, maria).holds {
		spoiled(w, maria, func(k *kept) any { return &k.holds[i] }, func(path string, k *kept) {
			wrong := k.check()
			switch {
			case slices.Contains(told, path):
			case path == ".Sweep" && h.Shortfall() == 0: // it waits for nothing either way
			case path == ".Requested" && h.Shortfall() > 0: // what was not there left no entry
			case path == ".ID":
				if len(wrong) == 0 {
					t.Errorf("hold %s renumbered: not noticed", h.ID)
				}
			case !slices.ContainsFunc(wrong, func(e *ledger.WrongError) bool { return e.Hold == h.ID }):
				t.Errorf("hold %s%s spoiled: got %v", h.ID, path, wrong)
			}
		})
	}
}

func TestMissingAndMisplacedRecordsAreFound(t *testing.T) {
	w, maria := busy(t)
	sound := copyOf(&w.books, maria)
	last := len(sound.entries)
	cases := []struct {
		name  string
		spoil func(k *kept)
		want  string
	}{
		{"the first entry is gone", func(k *kept) { k.entries = k.entries[1:] }, "entry 1: is numbered 2"},
		{"an entry is gone", func(k *kept) { k.entries = slices.Delete(k.entries, 4, 5) }, "entry 5: is numbered 6"},
		{"the newest entry is gone", func(k *kept) { k.entries = k.entries[:last-1] },
			fmt.Sprintf("entry %d: counts %d entries and has %d", last, last, last-1)},
		{"an entry is there twice", func(k *kept) { k.entries = slices.Insert(k.entries, 2, k.entries[1]) }, "entry 3: is numbered 2"},
		{"two entries changed places", func(k *kept) { k.entries[1], k.entries[2] = k.entries[2], k.entries[1] }, "entry 2"},
		{"another account's entry", func(k *kept) { k.entries[1].Lines = nil }, "entry 2: has no line for the account"},
		{"a line is there twice", func(k *kept) { k.entries[1].Lines = append(k.entries[1].Lines, k.entries[1].Lines[0]) },
			"entry 2: has two lines for the account"},
		{"a hold is gone", func(k *kept) { k.holds = k.holds[1:] }, "hold 1: changes a hold that is closed or unknown"},
		{"a hold too many", func(k *kept) {
			k.holds = append(k.holds, ledger.Hold{ID: 99, Account: maria, Requested: 5, Released: 5, ClosedAt: epoch})
		}, "hold 99: no entry opens it"},
		{"holds out of order", func(k *kept) { k.holds[0], k.holds[1] = k.holds[1], k.holds[0] }, "comes after hold"},
		{"a hold is opened twice", func(k *kept) { k.entries[2].Kind = ledger.KindHold }, "entry 3"},
		{"the entries of a new account", func(k *kept) { k.account = ledger.Account{ID: maria} }, "counts 0 entries"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			k := copyOf(&w.books, maria)
			c.spoil(k)
			for _, wrong := range k.check() {
				if strings.Contains(wrong.Error(), c.want) {
					return
				}
			}
			t.Errorf("got %v, want %q", k.check(), c.want)
		})
	}
}

func TestAWrongEntryDoesNotAccuseThoseAfterIt(t *testing.T) {
	w, maria := busy(t)
	k := copyOf(&w.books, maria)
	k.entries[3].About++
	k.entries[6].Kind = ledger.KindTransfer
	var numbers []uint64
	for _, wrong := range k.check() {
		if wrong.Hold == 0 && !slices.Contains(numbers, wrong.Number) {
			numbers = append(numbers, wrong.Number)
		}
	}
	if !slices.Equal(numbers, []uint64{4, 7}) {
		t.Errorf("accused %v, want entries 4 and 7 only", numbers)
	}
}
