package pix

import (
	"errors"
	"slices"
	"time"

	"github.com/saldo-pix/saldo/ledger"
)

// Webhooks says where an account is told what happens on it. It is replaced as a
// whole, never written through.
type Webhooks struct {
	Endpoints []Endpoint `json:"endpoints,omitempty"`
	// Username and Password are sent as HTTP Basic credentials; the password is
	// sealed by whoever set it, as everything secret here is.
	Username string `json:"username,omitempty"`
	Password string `json:"password,omitempty"`
	// V2 tells whether movements created at Since or later are told in the words
	// of version 2 (contract §9.1), and earlier ones in the other version.
	V2    bool      `json:"v2,omitempty"`
	Since time.Time `json:"since,omitzero"`
}

// Endpoint is where one kind of notice goes.
type Endpoint struct {
	ID      uint64   `json:"id"`
	Notice  Notice   `json:"notice"`
	URL     string   `json:"url"`
	Headers []Header `json:"headers,omitempty"`
	Paused  bool     `json:"paused,omitempty"`
	Secret  string   `json:"secret"` // sealed; signs what is sent
	// OldSecret signs beside Secret until OldUntil.
	OldSecret string    `json:"oldSecret,omitempty"`
	OldUntil  time.Time `json:"oldUntil,omitzero"`
	CreatedAt time.Time `json:"createdAt"`
	UpdatedAt time.Time `json:"updatedAt"`
}

// Header is a header that an endpoint wants to be sent. Its value is sealed.
type Header struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Endpoint returns the endpoint of a notice.
func (w *Webhooks) Endpoint(n Notice) (Endpoint, bool) {
	if w == nil {
		return Endpoint{}, false
	}
	for i := range w.Endpoints {
		if w.Endpoints[i].Notice == n {
			return w.Endpoints[i], true
		}
	}
	return Endpoint{}, false
}

// Version returns the version in which a movement created at at is told: 1 or 2.
func (w *Webhooks) Version(at time.Time) int {
	if w != nil && w.V2 == !at.Before(w.Since) {
		return 2
	}
	return 1
}

// ErrNoWebhook means that the account has no webhook for a notice.
var ErrNoWebhook = errors.New("no webhook for this event")

// SetWebhook creates the account's webhook for a notice, or replaces its URL and
// headers.
type SetWebhook struct {
	Account ledger.AccountID
	Notice  Notice
	URL     string
	Headers []Header
	Paused  bool
	Secret  string // for a new one; one that exists keeps its own
	At      time.Time
}

// WebhookSet is what SetWebhook did.
type WebhookSet struct {
	Endpoint Endpoint
	Created  bool
}

// Needs names the account.
func (c *SetWebhook) Needs() Needs { return Needs{Accounts: []ledger.AccountID{c.Account}} }

// Decide sets the webhook.
func (c *SetWebhook) Decide(b *Books) (WebhookSet, error) {
	var result WebhookSet
	err := b.changeWebhooks(c.Account, func(w *Webhooks) error {
		i := w.index(c.Notice)
		if i < 0 {
			result.Created = true
			w.Endpoints = append(w.Endpoints, Endpoint{
				ID: b.NextNumber(), Notice: c.Notice, Secret: c.Secret, CreatedAt: c.At,
			})
			i = len(w.Endpoints) - 1
		}
		e := &w.Endpoints[i]
		e.URL, e.Headers, e.Paused, e.UpdatedAt = c.URL, c.Headers, c.Paused, c.At
		result.Endpoint = *e
		return nil
	})
	return result, err
}

// changeWebhooks lets do change a copy of an account's webhooks.
func (b *Books) changeWebhooks(account ledger.AccountID, do func(*Webhooks) error) error {
	profile, ok := b.Profiles.Get(account)
	if !ok {
		return ledger.ErrAccountNotFound
	}
	var next Webhooks
	if w := profile.Settings.Webhooks; w != nil {
		next = *w
		next.Endpoints = slices.Clone(w.Endpoints)
	}
	if err := do(&next); err != nil {
		return err
	}
	profile.Settings.Webhooks = &next
	b.Profiles.Put(account, profile)
	return nil
}

func (w *Webhooks) index(n Notice) int {
	return slices.IndexFunc(w.Endpoints, func(e Endpoint) bool { return e.Notice == n })
}

// DeleteWebhook removes the account's webhook for a notice. What is on its way
// to it is dropped.
type DeleteWebhook struct {
	Account ledger.AccountID
	Notice  Notice
}

// Needs names the account.
func (c *DeleteWebhook) Needs() Needs { return Needs{Accounts: []ledger.AccountID{c.Account}} }

// Decide removes the webhook, or returns ErrNoWebhook.
func (c *DeleteWebhook) Decide(b *Books) (struct{}, error) {
	return struct{}{}, b.changeWebhooks(c.Account, func(w *Webhooks) error {
		i := w.index(c.Notice)
		if i < 0 {
			return ErrNoWebhook
		}
		w.Endpoints = slices.Delete(w.Endpoints, i, i+1)
		return nil
	})
}

// SecretOverlap is how long a secret that was replaced still signs.
const SecretOverlap = 24 * time.Hour

// RotateWebhookSecret gives a webhook a new secret.
type RotateWebhookSecret struct {
	Account ledger.AccountID
	Notice  Notice
	Secret  string // sealed
	At      time.Time
}

// Needs names the account.
func (c *RotateWebhookSecret) Needs() Needs { return Needs{Accounts: []ledger.AccountID{c.Account}} }

// Decide replaces the secret, or returns ErrNoWebhook.
func (c *RotateWebhookSecret) Decide(b *Books) (Endpoint, error) {
	var result Endpoint
	err := b.changeWebhooks(c.Account, func(w *Webhooks) error {
		i := w.index(c.Notice)
		if i < 0 {
			return ErrNoWebhook
		}
		e := &w.Endpoints[i]
		e.OldSecret, e.OldUntil = e.Secret, c.At.Add(SecretOverlap)
		e.Secret, e.UpdatedAt = c.Secret, c.At
		result = *e
		return nil
	})
	return result, err
}

// SetWebhookCredentials sets the Basic credentials that go with an account's
// notices. Without a username none are sent.
type SetWebhookCredentials struct {
	Account  ledger.AccountID
	Username string
	Password string // sealed
}

// Needs names the account.
func (c *SetWebhookCredentials) Needs() Needs { return Needs{Accounts: []ledger.AccountID{c.Account}} }

// Decide sets the credentials.
func (c *SetWebhookCredentials) Decide(b *Books) (struct{}, error) {
	return struct{}{}, b.changeWebhooks(c.Account, func(w *Webhooks) error {
		w.Username, w.Password = c.Username, c.Password
		return nil
	})
}

// SetWebhookVersion switches an account's notices to version 1 or 2, for
// movements created at At or later. Those begun before end in the version that
// they began in (contract §9.1).
type SetWebhookVersion struct {
	Account ledger.AccountID
	Version int
	At      time.Time
}

// Needs names the account.
func (c *SetWebhookVersion) Needs() Needs { return Needs{Accounts: []ledger.AccountID{c.Account}} }

// Decide switches, unless that version holds already.
func (c *SetWebhookVersion) Decide(b *Books) (Webhooks, error) {
	var result Webhooks
	err := b.changeWebhooks(c.Account, func(w *Webhooks) error {
		if w.V2 != (c.Version == 2) {
			w.V2, w.Since = c.Version == 2, c.At
		}
		result = *w
		return nil
	})
	return result, err
}

// EndNotice writes down what became of an attempt to deliver a notice: the job
// ends, or waits for the next attempt.
type EndNotice struct {
	JobKey
	// Again is when the next attempt is due; zero if there is none.
	Again  time.Time
	Keep   []Record    // written as they are, with numbers given here
	Forget []RecordKey // removed
}

// Needs names the job and what is to be removed.
func (c *EndNotice) Needs() Needs { return Needs{Jobs: []JobKey{c.JobKey}, Records: c.Forget} }

// Decide ends or postpones the job. One that has ended meanwhile stays ended and
// nothing is written.
func (c *EndNotice) Decide(b *Books) (struct{}, error) {
	job, ok := b.Jobs.Get(c.JobKey)
	switch {
	case !ok:
		return struct{}{}, nil
	case c.Again.IsZero():
		b.Jobs.Delete(c.JobKey)
	default:
		job.Attempts++
		job.Due = c.Again
		b.Jobs.Put(c.JobKey, job)
	}
	b.putRecords(c.Keep, c.Forget)
	return struct{}{}, nil
}

func (b *Books) putRecords(keep []Record, forget []RecordKey) {
	for _, r := range keep {
		b.Records.Put(r.RecordKey, r)
	}
	for _, key := range forget {
		b.Records.Delete(key)
	}
}

// KeepRecords writes and removes records that no rule depends on.
type KeepRecords struct {
	Account ledger.AccountID // that they are about
	Keep    []Record
	Forget  []RecordKey
}

// Needs names the account and what is to be removed.
func (c *KeepRecords) Needs() Needs {
	return Needs{Accounts: []ledger.AccountID{c.Account}, Records: c.Forget}
}

// Decide writes the records.
func (c *KeepRecords) Decide(b *Books) (struct{}, error) {
	b.putRecords(c.Keep, c.Forget)
	return struct{}{}, nil
}

// ReplayNotice makes a notice that was given up a job again, once.
type ReplayNotice struct {
	Letter RecordKey
	// Job is what the letter says of the job that died; it gets a new number. Without
	// a topic it is a webhook.
	Job Job
}

// Needs names the letter and the account.
func (c *ReplayNotice) Needs() Needs {
	return Needs{Accounts: []ledger.AccountID{c.Job.Account}, Records: []RecordKey{c.Letter}}
}

// Decide replaces the letter by a job, or returns ErrNotFound if it is gone.
func (c *ReplayNotice) Decide(b *Books) (Job, error) {
	if _, ok := b.Records.Get(c.Letter); !ok {
		return Job{}, ErrNotFound
	}
	job := c.Job
	topic := job.Topic
	if topic == "" {
		topic = TopicWebhook
	}
	job.JobKey, job.Attempts = JobKey{topic, b.NextNumber()}, 0
	b.Jobs.Put(job.JobKey, job)
	b.Records.Delete(c.Letter)
	return job, nil
}

// DiscardNotice gives up a notice for good.
type DiscardNotice struct {
	Letter  RecordKey
	Account ledger.AccountID
}

// Needs names the letter and the account.
func (c *DiscardNotice) Needs() Needs {
	return Needs{Accounts: []ledger.AccountID{c.Account}, Records: []RecordKey{c.Letter}}
}

// Decide removes the letter, or returns ErrNotFound if it is gone.
func (c *DiscardNotice) Decide(b *Books) (struct{}, error) {
	if _, ok := b.Records.Get(c.Letter); !ok {
		return struct{}{}, ErrNotFound
	}
	b.Records.Delete(c.Letter)
	return struct{}{}, nil
}
