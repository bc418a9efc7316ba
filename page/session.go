package page

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/pix"
)

const (
	// sessionLifetime is how long somebody stays signed in, whatever they do.
	sessionLifetime = 12 * time.Hour
	// sessionsMax is how many sessions one account, or the house, has at most. The
	// oldest ends when one more begins.
	sessionsMax = 100
	secretMax   = 128 // bytes of what a cookie may hold
)

// errNoSession means that nobody is signed in, or no longer.
var errNoSession = errors.New("not signed in")

// session is somebody who is signed in. It is kept under the SHA-256 of its secret,
// which only the browser knows.
type session struct {
	Who       Who       `json:"who"`
	Token     string    `json:"token"` // that forms carry
	CreatedAt time.Time `json:"createdAt"`

	key pix.RecordKey
}

// sessions are kept beside the books, so that every node knows them.
type sessions struct {
	book      *book.Book
	reader    book.Reader
	newSecret func() (string, error)
	now       func() time.Time
}

func sessionKey(secret string) pix.RecordKey {
	sum := sha256.Sum256([]byte(secret))
	return pix.RecordKey{Kind: pix.RecordSession, Name: hex.EncodeToString(sum[:])}
}

// find returns the session of a secret, or errNoSession.
func (s *sessions) find(ctx context.Context, secret string) (session, error) {
	if secret == "" || len(secret) > secretMax {
		return session{}, errNoSession
	}
	record, err := s.reader.Record(ctx, sessionKey(secret))
	if errors.Is(err, pix.ErrNotFound) {
		return session{}, errNoSession
	}
	if err != nil {
		return session{}, err
	}
	found, err := readSession(record)
	if err == nil && !s.now().Before(found.Who.ExpiresAt) {
		err = errNoSession
	}
	return found, err
}

func readSession(r pix.Record) (session, error) {
	var found session
	if err := json.Unmarshal(r.Body, &found); err != nil {
		return session{}, fmt.Errorf("session %s: %w", r.Name, err)
	}
	found.key = r.RecordKey
	return found, nil
}

// begin keeps a new session and returns its secret. Sessions of the same account that
// are over, or too many, are removed with it.
func (s *sessions) begin(ctx context.Context, who Who) (string, error) {
	secret, err := s.newSecret()
	if err != nil {
		return "", err
	}
	token, err := s.newSecret()
	if err != nil {
		return "", err
	}
	body, err := json.Marshal(session{Who: who, Token: token, CreatedAt: s.now().UTC()})
	if err != nil {
		return "", err
	}
	old, err := s.of(ctx, who)
	if err != nil {
		return "", err
	}
	var forget []pix.RecordKey
	for i, other := range old { // newest first
		if i >= sessionsMax-1 || !s.now().Before(other.Who.ExpiresAt) {
			forget = append(forget, other.key)
		}
	}
	_, err = book.Do(ctx, s.book, &pix.KeepRecords{
		Account: who.Account, Forget: forget, Keep: []pix.Record{{
			RecordKey: sessionKey(secret), Owner: uint64(who.Account), Number: s.book.NextID(), Body: body,
		}},
	})
	return secret, err
}

// of lists the sessions of the account of who, newest first.
func (s *sessions) of(ctx context.Context, who Who) ([]session, error) {
	records, err := s.reader.Records(ctx, pix.RecordSession, uint64(who.Account), 0, 2*sessionsMax)
	if err != nil {
		return nil, err
	}
	all := make([]session, 0, len(records))
	for _, r := range records {
		found, err := readSession(r)
		if err != nil {
			return nil, err
		}
		all = append(all, found)
	}
	return all, nil
}

// end ends a session.
func (s *sessions) end(ctx context.Context, one session) error {
	return s.forget(ctx, one.Who, []pix.RecordKey{one.key})
}

// endAll ends every session that was begun with the same credential.
func (s *sessions) endAll(ctx context.Context, who Who) error {
	for {
		all, err := s.of(ctx, who)
		if err != nil {
			return err
		}
		var forget []pix.RecordKey
		for _, other := range all {
			if other.Who.ClientID == who.ClientID {
				forget = append(forget, other.key)
			}
		}
		if len(forget) == 0 {
			return nil
		}
		if err := s.forget(ctx, who, forget); err != nil {
			return err
		}
	}
}

func (s *sessions) forget(ctx context.Context, who Who, keys []pix.RecordKey) error {
	_, err := book.Do(ctx, s.book, &pix.KeepRecords{Account: who.Account, Forget: keys})
	return err
}
