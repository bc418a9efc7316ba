package auth_test

import (
	"sync"
	"testing"

	"github.com/saldo-pix/saldo/auth"
)

// rotate puts keys in the place of others, the first signing.
func (w *world) rotate(t testing.TB, keys ...auth.Key) {
	t.Helper()
	if err := w.SetKeys(auth.Keys{Current: keys[0], Older: keys[1:]}); err != nil {
		t.Fatal(err)
	}
}

// Each key is added, then signs, then verifies only, then goes. Tokens that were
// remembered fare no better than others.
func TestKeysRotateInARunningAuthority(t *testing.T) {
	first, second := hs256(t, "k1", secretOf(1)), rs256(t, privatePEM(t, rsaKey(t, 0)))
	for _, size := range []int{100, -1} {
		w := newWorld(t, func(o *auth.Options) { o.CacheMax = size })
		client := w.create(t, maria)
		old := w.token(t, client)
		w.wantVerified(t, old)

		w.rotate(t, first, second)
		between := w.token(t, client)
		w.wantVerified(t, old)

		w.rotate(t, second, first)
		fresh := w.token(t, client)
		for _, raw := range []string{old, between, fresh} {
			w.wantVerified(t, raw)
			w.wantVerified(t, raw)
		}
		if header, _ := decode(t, fresh); header != `{"alg":"RS256","kid":"`+second.ID()+`","typ":"JWT"}` {
			t.Errorf("header %s", header)
		}

		w.rotate(t, second)
		w.wantRefused(t, old, auth.ErrTokenInvalid)
		w.wantRefused(t, between, auth.ErrTokenInvalid)
		w.wantVerified(t, fresh)

		// Another key that took the old one's name does not bring its tokens back.
		w.rotate(t, second, hs256(t, "k1", secretOf(3)))
		w.wantRefused(t, old, auth.ErrTokenInvalid)
		// The old key itself does.
		w.rotate(t, second, first)
		w.wantVerified(t, old)
	}
}

func TestKeysThatCanNotBeUsedChangeNothing(t *testing.T) {
	w := newWorld(t, nil)
	client := w.create(t, maria)
	raw := w.token(t, client)
	key := hs256(t, "k2", secretOf(2))
	for name, keys := range map[string]auth.Keys{
		"none":                    {},
		"an empty one":            {Current: key, Older: []auth.Key{{}}},
		"one name twice":          {Current: key, Older: []auth.Key{key}},
		"a public one that signs": {Current: rs256(t, publicPEM(t, rsaKey(t, 0).Public()))},
	} {
		if err := w.SetKeys(keys); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	w.wantVerified(t, raw)
	w.wantVerified(t, w.token(t, client))
	if got := string(w.JWKS()); got != `{"keys":[]}` {
		t.Errorf("key set %s", got)
	}
}

// Once SetKeys has returned, no request that starts then gets by with a token of a
// key that is gone, however many are verified at the same time.
func TestKeysRotateUnderLoad(t *testing.T) {
	w := newWorld(t, nil)
	client := w.create(t, maria)
	raw := w.token(t, client)
	first, second := hs256(t, "k1", secretOf(1)), hs256(t, "k2", secretOf(2))
	stop := make(chan struct{})
	var work sync.WaitGroup
	for range 4 {
		work.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					_, _ = w.Verify(t.Context(), raw)
				}
			}
		})
	}
	for range 200 {
		w.rotate(t, second, first)
		if _, err := w.Verify(t.Context(), raw); err != nil {
			t.Errorf("of an older key: %v", err)
		}
		w.rotate(t, second)
		if _, err := w.Verify(t.Context(), raw); err == nil {
			t.Error("of a key that is gone: taken")
		}
	}
	close(stop)
	work.Wait()
}
