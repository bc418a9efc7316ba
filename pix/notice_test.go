package pix_test

import (
	"testing"
	"time"

	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/pix"
)

// TestNoticesAreLeftForThoseWhoWantThem settles, rejects and gives back with each
// choice of webhooks.
func TestNoticesAreLeftForThoseWhoWantThem(t *testing.T) {
	const account ledger.AccountID = 1_000_000_001
	at := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	endpoint := func(n pix.Notice, paused bool) pix.Endpoint { return pix.Endpoint{Notice: n, Paused: paused} }
	for name, c := range map[string]struct {
		hooks   *pix.Webhooks
		event   pix.EventType
		note    string // empty leaves no notice
		subject pix.MovementID
	}{
		"nothing set":      {nil, pix.PaymentSettled, "", 0},
		"settled":          {&pix.Webhooks{Endpoints: []pix.Endpoint{endpoint("cash_out", false)}}, pix.PaymentSettled, "cash_out", 7},
		"rejected":         {&pix.Webhooks{Endpoints: []pix.Endpoint{endpoint("cash_out", false)}}, pix.PaymentRejected, "cash_out", 7},
		"of another event": {&pix.Webhooks{Endpoints: []pix.Endpoint{endpoint("cash_in", false)}}, pix.PaymentSettled, "", 0},
		"paused":           {&pix.Webhooks{Endpoints: []pix.Endpoint{endpoint("cash_out", true)}}, pix.PaymentSettled, "", 0},
		"credentials only": {&pix.Webhooks{Username: "loja"}, pix.PaymentSettled, "", 0},
	} {
		var b pix.Books
		next := uint64(100)
		b.NextNumber = func() uint64 { next++; return next }
		for _, role := range ledger.SystemRoles() {
			id := ledger.SystemAccount(role, 0)
			b.Accounts.Blank(id, ledger.Account{ID: id})
		}
		open := pix.OpenAccount{OpeningBalance: 10_00, Profile: pix.Profile{ID: account, CreatedAt: at}}
		open.Settings.Webhooks = c.hooks
		place := pix.PlacePayment{ID: 7, Account: account, Amount: 1_00, ExternalID: "a", Rail: pix.RailHTTP, At: at}
		event := pix.ApplyEvent{
			Event: pix.Event{ID: "e", Type: c.event, Movement: 7, At: at}, NewID: 8, Now: at.Add(time.Second),
		}
		if _, err := open.Decide(&b); err != nil {
			t.Fatal(err)
		}
		m, err := place.Decide(&b)
		if err != nil {
			t.Fatal(err)
		}
		b.Keys.Load(pix.MovementKey(7), pix.Target{Account: account, ID: uint64(m.ID)}) // as a store finds it
		if outcome, err := event.Decide(&b); outcome != pix.Applied || err != nil {
			t.Fatalf("%s: %s, %v", name, outcome, err)
		}
		var jobs []pix.Job
		for _, change := range b.Jobs.Changes() {
			if !change.Deleted && change.Key.Topic == pix.TopicWebhook {
				jobs = append(jobs, change.Value)
			}
		}
		switch {
		case c.note == "" && len(jobs) != 0:
			t.Errorf("%s: %+v", name, jobs)
		case c.note == "":
		case len(jobs) != 1 || jobs[0].Note != c.note || jobs[0].Subject != uint64(c.subject) ||
			jobs[0].Account != account || !jobs[0].Due.Equal(at.Add(time.Second)):
			t.Errorf("%s: %+v", name, jobs)
		default:
			if n, number := jobs[0].Notice(); n != pix.Notice(c.note) || number != 7 {
				t.Errorf("%s: tells %s of %d", name, n, number)
			}
		}
	}
}

// TestANoteSaysWhatItTellsOf reads notes of returns, which stand behind what they
// give back.
func TestANoteSaysWhatItTellsOf(t *testing.T) {
	for note, want := range map[string]struct {
		notice pix.Notice
		number uint64
	}{
		"cash_in": {pix.NoticeCashIn, 5}, "refund_in 9": {pix.NoticeRefundIn, 9}, "med_created": {pix.NoticeMEDCreated, 5},
		"refund_in x": {"", 0}, "": {"", 5},
	} {
		if n, number := (pix.Job{Subject: 5, Note: note}).Notice(); n != want.notice || number != want.number {
			t.Errorf("%q: %s of %d", note, n, number)
		}
	}
}
