package pebble

import (
	"bytes"
	"errors"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/saldo-pix/saldo/auth"
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/pix"
)

// kind is one kind of record, for tests of all of them.
type kind struct {
	name string
	// random returns the key and the encoding of a record with random fields.
	random func(*rand.Rand) (key, data []byte, record any)
	// read decodes a record and encodes it again.
	read func(key, data []byte) (record any, again []byte, err error)
}

func kindOf[V any](
	name string, key func(*V) []byte, encode func([]byte, *V) []byte, read func(*decoder) V,
) kind {
	return kind{
		name: name,
		random: func(rng *rand.Rand) ([]byte, []byte, any) {
			var v V
			fill(rng, reflect.ValueOf(&v).Elem())
			throughJSON(&v)
			return key(&v), encode(nil, &v), v
		},
		read: func(key, data []byte) (any, []byte, error) {
			v, err := decode(key, data, read)
			if err != nil {
				return v, nil, err
			}
			return v, encode(nil, &v), nil
		},
	}
}

func kinds() []kind {
	return []kind{
		kindOf("account", func(a *ledger.Account) []byte { return appendAccountKey(nil, a.ID) }, appendAccount, readAccount),
		kindOf("profile", func(p *pix.Profile) []byte { return appendProfileKey(nil, p.ID) }, appendProfile, readProfile),
		kindOf("hold", func(h *ledger.Hold) []byte {
			return appendNumbered(nil, prefixOpen, h.Account, uint64(h.ID))
		}, appendHold, readHold),
		kindOf("movement", func(m *pix.Movement) []byte { return appendMovementKey(nil, m.ID) }, appendMovement, readMovement),
		kindOf("target", func(*pix.Target) []byte { return []byte{prefixKey} },
			func(b []byte, t *pix.Target) []byte { return appendTarget(b, *t) }, readTarget),
		kindOf("job", func(j *pix.Job) []byte { return appendJobKey(nil, j.JobKey) }, appendJob, readJob),
		kindOf("side record", func(r *pix.Record) []byte { return appendRecordKey(nil, r.RecordKey) },
			appendRecord, readRecord),
		kindOf("suspense", func(s *pix.SuspenseItem) []byte { return appendOne(nil, prefixSuspense, s.ID) },
			appendSuspense, readSuspense),
		kindOf("credential", func(c *auth.Credential) []byte { return appendCredentialKey(nil, c.ClientID) },
			appendCredential, readCredential),
		kindOf("entry", func(e *ledger.Entry) []byte { return homeOf(e).appendKey(nil) }, appendEntry, readEntry),
	}
}

// throughJSON leaves of what is kept as JSON what JSON can keep, and nothing that
// is not to be kept.
func throughJSON(record any) {
	switch r := record.(type) {
	case *pix.Movement:
		r.Returned = r.Returned & (1<<40 - 1)
		text := r.More()
		r.Parent, r.Returned, r.Terms = 0, 0, nil
		if r.ReadMore(text) != nil {
			r.Parent, r.Returned, r.Terms = 7, 12_34, nil
		}
	case *pix.SuspenseItem:
		r.Event.ReturnID, r.Event.MED = "", nil // they are in Raw, see pix.Event
	case *pix.Profile:
		text := r.More()
		r.Settings = pix.Settings{}
		if r.ReadMore(text) != nil {
			r.Settings = pix.Settings{}
		}
	}
}

// fill gives every field of a record a random value, so that a field which the
// encoding forgets is noticed.
func fill(rng *rand.Rand, v reflect.Value) {
	switch v.Interface().(type) {
	case time.Time:
		v.Set(reflect.ValueOf(randomTime(rng)))
		return
	case ledger.Kind:
		v.SetUint(1 + rng.Uint64N(5))
		return
	case pix.Kind:
		v.SetUint(1 + rng.Uint64N(5))
		return
	case pix.Status:
		v.SetUint(1 + rng.Uint64N(3))
		return
	case ledger.Reason:
		v.SetUint(rng.Uint64N(8))
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			fill(rng, v.Field(i))
		}
	case reflect.Array:
		for i := range v.Len() {
			fill(rng, v.Index(i))
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1+rng.IntN(3), 3))
		for i := range v.Len() {
			fill(rng, v.Index(i))
		}
	case reflect.Pointer:
		if rng.IntN(2) == 0 {
			v.Set(reflect.New(v.Type().Elem()))
			fill(rng, v.Elem())
		}
	case reflect.Map: // none of a record that is not kept as JSON
	case reflect.String:
		text := make([]byte, rng.IntN(12))
		for i := range text {
			text[i] = byte(rng.Uint32())
		}
		v.SetString(string(text))
	case reflect.Bool:
		v.SetBool(rng.IntN(2) == 1)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(int64(rng.Uint64()) >> (64 - v.Type().Bits() + rng.IntN(v.Type().Bits())))
	default:
		v.SetUint(rng.Uint64() >> (64 - v.Type().Bits() + rng.IntN(v.Type().Bits())))
	}
}

func randomTime(rng *rand.Rand) time.Time {
	switch rng.IntN(6) {
	case 0:
		return time.Time{}
	case 1:
		return time.Unix(0, 0).UTC()
	}
	return instant(start.UnixMicro() + rng.Int64N(1<<56) - 1<<55)
}

func TestEveryFieldOfARecordIsKept(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, k := range kinds() {
		t.Run(k.name, func(t *testing.T) {
			for range 2_000 {
				key, data, want := k.random(rng)
				got, again, err := k.read(key, data)
				if err != nil {
					t.Fatalf("%+v: %v", want, err)
				}
				if !reflect.DeepEqual(got, want) || !bytes.Equal(again, data) {
					t.Fatalf("read %+v\nwant %+v", got, want)
				}
			}
		})
	}
}

func TestDamagedRecordIsCorrupt(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, k := range kinds() {
		t.Run(k.name, func(t *testing.T) {
			key, data, _ := k.random(rng)
			damaged := map[string][]byte{
				"empty": {}, "of a later version": append([]byte{recordMore + 1}, data[1:]...),
				"too long": append(slices.Clone(data), 0), "cut": data[:len(data)-1],
			}
			for what, data := range damaged {
				if _, _, err := k.read(key, data); !errors.Is(err, ErrCorrupt) {
					t.Errorf("record that is %s: %v", what, err)
				}
			}
		})
	}
}

func TestReferencesAreKept(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for range 2_000 {
		want := make([]reference, 1+rng.IntN(5))
		first, at := rng.Uint64N(1<<40), randomTime(rng).UnixMicro()
		for i := range want {
			r := &want[i]
			at += rng.Int64N(1 << 30)
			r.number, r.at = first+uint64(i), at
			r.after = ledger.Balance{Posted: -1 << 40, Held: 7}
			r.home = home{ledger.AccountID(rng.Uint64()), rng.Int64(), rng.Uint64()}
		}
		key := appendEntryKey(nil, firstAccount, want[0].at, first)
		got, err := decode(key, appendReferences(nil, want), readReferences)
		if err != nil || !slices.Equal(got, want) {
			t.Fatalf("read %+v, %v\nwant %+v", got, err, want)
		}
	}
}

func TestTimesThatDoNotFitBecomeTheNearest(t *testing.T) {
	later := time.Date(300_000, 1, 1, 0, 0, 0, 0, time.UTC)
	sooner := time.Date(-300_000, 1, 1, 0, 0, 0, 0, time.UTC)
	if micros(later) != math.MaxInt64-1 || micros(sooner) != math.MinInt64 {
		t.Errorf("%d, %d", micros(later), micros(sooner))
	}
	if !instant(micros(time.Time{})).IsZero() {
		t.Error("zero time is lost")
	}
}

func FuzzRecord(f *testing.F) {
	all := kinds()
	rng := rand.New(rand.NewPCG(7, 8))
	for i := range all {
		key, data, _ := all[i].random(rng)
		f.Add(uint8(i), key, data)
	}
	f.Fuzz(func(t *testing.T, which uint8, key, data []byte) {
		k := all[int(which)%len(all)]
		_, again, err := k.read(key, data)
		if err != nil {
			if !errors.Is(err, ErrCorrupt) {
				t.Fatal(err)
			}
			return
		}
		_, third, err := k.read(key, again)
		if err != nil || !bytes.Equal(again, third) {
			t.Errorf("%s: encoded again %x, then %x, %v", k.name, again, third, err)
		}
	})
}

func FuzzReferences(f *testing.F) {
	run := []reference{{1, 2, ledger.Balance{Posted: 3, Held: 4}, home{5, 6, 7}}}
	f.Add(appendEntryKey(nil, 1, 2, 1), appendReferences(nil, run))
	f.Fuzz(func(t *testing.T, key, data []byte) {
		run, err := decode(key, data, readReferences)
		if err != nil {
			return
		}
		if _, err := decode(key, appendReferences(nil, run), readReferences); err != nil {
			t.Error(err)
		}
		if _, err := balanceIn(key, data, start); err != nil {
			t.Error(err)
		}
	})
}

func FuzzJobKey(f *testing.F) {
	f.Add(appendJobKey(nil, pix.JobKey{Topic: pix.RailHTTP, ID: 7}))
	f.Fuzz(func(t *testing.T, key []byte) {
		if k, ok := jobKey(key); ok && !bytes.Equal(appendJobKey(nil, k)[1:], key[1:]) {
			t.Errorf("%x is read as %+v", key, k)
		}
	})
}
