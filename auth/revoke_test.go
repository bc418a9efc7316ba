package auth_test

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/saldo-pix/saldo/auth"
)

func TestDeletedCredentialIsRefusedAtOnce(t *testing.T) {
	w := newWorld(t, nil)
	client, other := w.create(t, maria), w.create(t, maria)
	remembered, fresh, others := w.token(t, client), w.token(t, client), w.token(t, other)
	w.wantVerified(t, remembered)
	w.wantVerified(t, others)
	if err := w.DeleteCredential(t.Context(), client.ClientID); err != nil {
		t.Fatal(err)
	}
	w.wantRefused(t, remembered, auth.ErrTokenRevoked)
	w.wantRefused(t, remembered, auth.ErrTokenRevoked)
	w.wantRefused(t, fresh, auth.ErrTokenRevoked)
	w.wantVerified(t, others)
	if n := w.Remembered(); n != 1 {
		t.Errorf("%d tokens remembered, want 1", n)
	}
	if _, err := w.Issue(t.Context(), grant(t, client)); !errors.Is(err, auth.ErrCertificateUnbound) {
		t.Errorf("issue: got error %v, want %v", err, auth.ErrCertificateUnbound)
	}
	if err := w.DeleteCredential(t.Context(), client.ClientID); !errors.Is(err, auth.ErrNoCredential) {
		t.Errorf("delete again: got error %v, want %v", err, auth.ErrNoCredential)
	}
}

func TestDeletedCertificateIsRefusedAtOnce(t *testing.T) {
	w := newWorld(t, nil)
	client, sibling := w.create(t, maria), w.create(t, maria)
	g := grant(t, client)
	g.Certificate = certificate(t, sibling.CertificatePEM)
	token, err := w.Issue(t.Context(), g)
	if err != nil {
		t.Fatal(err)
	}
	own := w.token(t, client)
	w.wantVerified(t, token.Access)
	if err := w.DeleteCredential(t.Context(), sibling.ClientID); err != nil {
		t.Fatal(err)
	}
	w.wantRefused(t, token.Access, auth.ErrTokenRevoked)
	w.wantVerified(t, own)
}

func TestDeletionThatFailsIsFeltWhenItHappened(t *testing.T) {
	w, store := newFaultyWorld(t, nil)
	client := w.create(t, maria)
	raw := w.token(t, client)
	w.wantVerified(t, raw)
	store.broken = true
	if err := w.DeleteCredential(t.Context(), client.ClientID); err != errDisk {
		t.Fatalf("got error %v, want the store's own", err)
	}
	store.broken = false
	w.wantRefused(t, raw, auth.ErrTokenRevoked)
}

// A credential that is deleted while a token is being verified may let that request pass,
// but the token must not be remembered as good.
func TestDeletionDuringVerification(t *testing.T) {
	w, store := newFaultyWorld(t, nil)
	client := w.create(t, maria)
	raw := w.token(t, client)
	store.found = func() {
		store.found = nil
		if err := w.DeleteCredential(t.Context(), client.ClientID); err != nil {
			t.Error(err)
		}
	}
	w.wantVerified(t, raw)
	w.wantRefused(t, raw, auth.ErrTokenRevoked)
}

func TestRememberedTokensDoNotAskTheStore(t *testing.T) {
	w, store := newFaultyWorld(t, nil)
	raw := w.token(t, w.create(t, maria))
	w.wantVerified(t, raw)
	store.asked = 0
	for range 10 {
		w.clock.Set(w.clock.Now().Add(time.Minute))
		w.wantVerified(t, raw)
	}
	if store.asked != 0 {
		t.Errorf("asked %d times, want none", store.asked)
	}
}

func TestRecheckAfter(t *testing.T) {
	w, store := newFaultyWorld(t, func(o *auth.Options) { o.RecheckAfter = time.Minute })
	client := w.create(t, maria)
	raw := w.token(t, client)
	w.wantVerified(t, raw)

	store.asked = 0
	w.clock.Set(start.Add(time.Minute))
	w.wantVerified(t, raw)
	w.wantVerified(t, raw)
	if store.asked != 1 {
		t.Errorf("asked %d times, want once", store.asked)
	}
	// Another node deletes the credential.
	if err := w.store.DeleteCredential(t.Context(), client.ClientID); err != nil {
		t.Fatal(err)
	}
	w.clock.Set(start.Add(2*time.Minute - time.Microsecond))
	w.wantVerified(t, raw)
	w.clock.Set(start.Add(2 * time.Minute))
	w.wantRefused(t, raw, auth.ErrTokenRevoked)
}

func TestConcurrentVerifyAndDelete(t *testing.T) {
	const clients, verifiers = 20, 4
	w := newWorld(t, func(o *auth.Options) { o.CacheMax = clients / 2 })
	var tokens [clients]string
	var issued [clients]auth.Issued
	var deleted [clients]atomic.Bool
	for i := range tokens {
		issued[i] = w.create(t, maria)
		tokens[i] = w.token(t, issued[i])
	}
	var work sync.WaitGroup
	for range verifiers {
		work.Go(func() {
			for range 100 {
				for i, raw := range tokens {
					gone := deleted[i].Load()
					_, err := w.Verify(t.Context(), raw)
					if gone && !errors.Is(err, auth.ErrTokenRevoked) {
						t.Errorf("client %d is deleted: got error %v", i, err)
					}
					if err != nil && !errors.Is(err, auth.ErrTokenRevoked) {
						t.Errorf("client %d: %v", i, err)
					}
				}
			}
		})
	}
	work.Go(func() {
		for i := range clients / 2 {
			if err := w.DeleteCredential(t.Context(), issued[i].ClientID); err != nil {
				t.Error(err)
			}
			deleted[i].Store(true)
		}
	})
	work.Wait()
	for i, raw := range tokens {
		if i < clients/2 {
			w.wantRefused(t, raw, auth.ErrTokenRevoked)
		} else {
			w.wantVerified(t, raw)
		}
	}
}

func TestMemoryIsBounded(t *testing.T) {
	for _, sizeMax := range []int{1, 7, 1000} {
		w := newWorld(t, func(o *auth.Options) { o.CacheMax = sizeMax })
		client := w.create(t, maria)
		g := grant(t, client)
		g.Certificate = nil
		for range 3 * sizeMax {
			token, err := w.Issue(t.Context(), g)
			if err != nil {
				t.Fatal(err)
			}
			w.wantVerified(t, token.Access)
			if n := w.Remembered(); n < 1 || n > sizeMax {
				t.Fatalf("%d tokens remembered, want 1 to %d", n, sizeMax)
			}
			w.wantVerified(t, token.Access)
		}
		if n := w.Remembered(); n < sizeMax*3/4 {
			t.Errorf("%d tokens remembered of %d possible", n, sizeMax)
		}
	}
}

func TestRecheckedTokensTakeNoRoom(t *testing.T) {
	const sizeMax = 10
	w := newWorld(t, func(o *auth.Options) { o.CacheMax = sizeMax })
	client := w.create(t, maria)
	var raw string
	for range sizeMax {
		raw = w.token(t, client)
		w.wantVerified(t, raw)
	}
	w.Recheck()
	w.wantVerified(t, raw)
	if n := w.Remembered(); n != sizeMax {
		t.Errorf("%d tokens remembered, want %d", n, sizeMax)
	}
}

func TestExpiredTokensMakeRoomFirst(t *testing.T) {
	const sizeMax = 10
	w := newWorld(t, func(o *auth.Options) { o.CacheMax = sizeMax })
	client := w.create(t, maria)
	for range sizeMax - 1 {
		w.wantVerified(t, w.token(t, client))
	}
	w.clock.Set(start.Add(time.Minute))
	w.wantVerified(t, w.token(t, client))
	w.clock.Set(start.Add(halfHour)) // all but the last have expired
	w.wantVerified(t, w.token(t, client))
	if n := w.Remembered(); n != 2 {
		t.Errorf("%d tokens remembered, want 2", n)
	}
}
