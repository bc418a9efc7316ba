package webhook

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/pix"
)

// Result tells what became of an attempt to deliver.
type Result string

// The results.
const (
	Delivered Result = "delivered"
	Failed    Result = "failed"  // it is tried again
	Dead      Result = "dead"    // it is tried no more unless the operator wants it
	Dropped   Result = "dropped" // nothing was sent, and nothing will be
)

// Delivery is one attempt to deliver, as it is kept: the body of a record of kind
// pix.RecordDelivery, which is owned by the movement or case that it tells of.
type Delivery struct {
	Event   pix.Notice `json:"event"`
	URL     string     `json:"url,omitempty"` // without what may be secret in it
	At      time.Time  `json:"at"`
	Millis  int64      `json:"millis"` // how long it took
	Attempt int        `json:"attempt,omitempty"`
	Resent  bool       `json:"resent,omitempty"` // the account asked for it
	Status  int        `json:"status,omitempty"` // of the answer; 0 if there was none
	Result  Result     `json:"result"`
	Error   string     `json:"error,omitempty"`
	Next    *time.Time `json:"next,omitempty"` // when it is tried again
}

// errorMax is how long an error may be, in bytes, where it is kept.
const errorMax = 200

func newDelivery(n pix.Notice, url string, a Attempt) Delivery {
	reason := a.Reason()
	return Delivery{
		Event: n, URL: shownURL(url), At: a.At.UTC().Truncate(time.Microsecond), Millis: a.Took.Milliseconds(),
		Status: a.Status, Error: reason[:min(len(reason), errorMax)],
	}
}

func (d *Delivery) record(id, owner uint64) pix.Record {
	return pix.Record{RecordKey: deliveryKey(id), Owner: owner, Number: id, Body: encode(d)}
}

// Record returns the delivery as it is kept, in the list of what it tells of.
func (d *Delivery) Record(id, owner uint64) pix.Record { return d.record(id, owner) }

func deliveryKey(id uint64) pix.RecordKey {
	return pix.RecordKey{Kind: pix.RecordDelivery, Name: strconv.FormatUint(id, 10)}
}

func encode(v any) []byte {
	body, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("webhook: %v", err)) // plain data can always be encoded
	}
	return body
}

// DeliveriesMax is how many attempts are kept of a movement or case.
const DeliveriesMax = 50

// superfluous lists the oldest attempts of a movement or case, which are
// forgotten when another is kept.
func (c *Courier) superfluous(ctx context.Context, number uint64) ([]pix.RecordKey, error) {
	const atOnce = 10 // there is one too many at most, or nodes wrote at the same time
	records, err := c.reader.Records(ctx, pix.RecordDelivery, number, 0, DeliveriesMax+atOnce)
	if err != nil {
		return nil, err
	}
	var keys []pix.RecordKey
	for _, r := range records[min(len(records), DeliveriesMax-1):] {
		keys = append(keys, r.RecordKey)
	}
	return keys, nil
}

// LoggedDelivery is a delivery with its number, which is what the contract calls
// webhookLogId.
type LoggedDelivery struct {
	ID uint64
	Delivery
}

// Deliveries lists the attempts that are kept of a movement or case, newest first.
func (c *Courier) Deliveries(ctx context.Context, number uint64) ([]LoggedDelivery, error) {
	records, err := c.reader.Records(ctx, pix.RecordDelivery, number, 0, DeliveriesMax)
	if err != nil {
		return nil, err
	}
	list := make([]LoggedDelivery, len(records))
	for i, r := range records {
		list[i].ID = r.Number
		if err := json.Unmarshal(r.Body, &list[i].Delivery); err != nil {
			return nil, fmt.Errorf("delivery %s: %w", r.Name, err)
		}
	}
	return list, nil
}

// DeadLetter is a notice that was given up after its last attempt: the body of a
// record of kind pix.RecordDeadLetter, which is named by its job and owned by the
// house.
type DeadLetter struct {
	Account  ledger.AccountID `json:"account"`
	Event    pix.Notice       `json:"event"`
	Subject  uint64           `json:"subject"` // of its job
	Number   uint64           `json:"number"`  // of the movement or case
	Note     string           `json:"note"`    // of its job
	URL      string           `json:"url"`     // without what may be secret in it
	Attempts int              `json:"attempts"`
	Status   int              `json:"status,omitempty"` // of the last answer; 0 if there was none
	Error    string           `json:"error"`
	LastAt   time.Time        `json:"lastAt"`
	// Topic is that of its job; empty is pix.TopicWebhook.
	Topic pix.Topic `json:"topic,omitempty"`
}

// Record returns the letter as it is kept. job is the number of its job, and number
// its place among all.
func (l *DeadLetter) Record(job, number uint64) pix.Record { return l.record(job, number) }

func (l *DeadLetter) record(job, number uint64) pix.Record {
	return pix.Record{RecordKey: letterKey(job), Number: number, Body: encode(l)}
}

func letterKey(job uint64) pix.RecordKey {
	return pix.RecordKey{Kind: pix.RecordDeadLetter, Name: strconv.FormatUint(job, 10)}
}

// LoggedLetter is a dead letter with the number of its job, and its place in the
// list.
type LoggedLetter struct {
	ID, Place uint64
	DeadLetter
}

// DeadLetters lists dead letters with places below before, newest first; before 0
// starts with the newest.
func (c *Courier) DeadLetters(ctx context.Context, before uint64, limit int) ([]LoggedLetter, error) {
	records, err := c.reader.Records(ctx, pix.RecordDeadLetter, 0, before, limit)
	if err != nil {
		return nil, err
	}
	list := make([]LoggedLetter, len(records))
	for i, r := range records {
		if list[i], err = readLetter(r); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func readLetter(r pix.Record) (LoggedLetter, error) {
	l := LoggedLetter{Place: r.Number}
	if err := json.Unmarshal(r.Body, &l.DeadLetter); err != nil {
		return l, fmt.Errorf("dead letter %s: %w", r.Name, err)
	}
	var err error
	l.ID, err = strconv.ParseUint(r.Name, 10, 64)
	return l, err
}
