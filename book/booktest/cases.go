package booktest

import (
	"context"

	"github.com/saldo-pix/saldo/auth"
	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/pix"
)

type suiteCase struct {
	name string
	run  func(f *fixture)
}

func cases() []suiteCase {
	return []suiteCase{
		{"a new store is empty", emptyStore},
		{"an account and its profile are read as they were opened", accounts},
		{"profiles come in pages in order of id", profilePages},
		{"keys of all spaces lead where they were put", keys},
		{"a movement keeps all its fields", movementFields},
		{"what few movements have is changed, and changes with the rest", movementMore},
		{"movements of an account come newest first in pages", movementPages},
		{"holds keep all their fields and the open ones are listed", holds},
		{"open holds come in pages", openHoldPages},
		{"records keep all their fields", recordFields},
		{"records come newest first in pages of their owner's list", recordPages},
		{"records are changed, moved to other lists and removed", recordChanges},
		{"statements are what their filters say, in pages", statements},
		{"statements show movements as they are now", statementOfChanged},
		{"suspense items keep all their fields and come in pages", suspense},
		{"what leads to a suspense item leads on to what it has become", solvedSuspense},
		{"a suspense item is resolved once", resolvedOnce},
		{"open holds are added up by reason and age", holdsByAge},
		{"the balance is that of the last line at or before an instant", balanceAt},
		{"the balance at an instant follows lines, not a clock that goes back", balanceAtClockBack},
		{"the balance at random instants is what a replay says", past},
		{"a long past comes in order and may end early", pastPages},
		{"what is blocked adds up to what is held", blocked},
		{"what is blocked adds up while commits run", blockedDuringCommits},
		{"totals are the sums over accounts and stripes", totals},
		{"the last number is remembered and never falls", lastID},
		{"entries of a stretch of time are those that a walk over all finds in it", entriesBetween},
		{"movements and holds are read by their numbers", numbered},
		{"walks come in order, see everything, and may end early", walks},

		{"naming a key loads what it leads to", needsOfKeys},
		{"naming an account loads its profile and the holds that wait", needsOfAccounts},
		{"naming jobs loads them", needsOfJobs},
		{"naming keys of any space loads what they lead to", needsOfSpaces},
		{"naming records loads them", needsOfRecords},
		{"naming what is not there, or twice, is no error", needsOfNothing},
		{"an error of decide is returned as it is and nothing is written", decideError},
		{"a refused command leaves no trace and its neighbours do", refusedInBatch},
		{"a commit without a change is none", noChange},
		{"a commit is seen by every read after it", readYourWrites},
		{"hundreds of commands fit into one commit", bigBatch},
		{"commits at the same time take effect one after the other", concurrentCommits},
		{"records that many change at the same time count every change", concurrentRecords},
		{"a new record is created once", takenRecords},
		{"reads during commits see whole commits", snapshots},
		{"a payment lives from order to outcome", paymentLife},
		{"a payment that is tried leaves nothing", trials},
		{"a waiting hold is filled by later commits", sweepingOverCommits},
		{"shares of a charge are set aside and paid out", shares},

		{"jobs are listed by topic in pages", jobPages},
		{"due jobs are claimed in order and kept until the lease ends", claim},
		{"postponing and removing a job", postponeAndRemove},
		{"two callers never claim the same job", concurrentClaims},
		{"a job waits for those of its subject that stand before it", jobsInOrder},
		{"accounts have no more jobs claimed than their share", sharedClaims},

		{"credentials are put, found, replaced and removed", credentials},
		{"a certificate is bound while any credential has it", bound},

		{"a durable store finds everything again", reopened},
	}
}

func emptyStore(f *fixture) {
	t := f.t
	missing[ledger.Account](t, "account", ledger.ErrAccountNotFound)(f.s.Account(f.ctx, maria))
	missing[ledger.Balance](t, "balance", ledger.ErrAccountNotFound)(f.s.BalanceAt(f.ctx, maria, start))
	missing[pix.Profile](t, "profile", ledger.ErrAccountNotFound)(f.s.Profile(f.ctx, maria))
	missing[pix.Movement](t, "movement", pix.ErrNotFound)(f.s.Movement(f.ctx, 1))
	missing[pix.Record](t, "record", pix.ErrNotFound)(f.s.Record(f.ctx, pix.RecordKey{Kind: pix.RecordMED, Name: "a"}))
	missing[ledger.Hold](t, "hold", pix.ErrNotFound)(f.s.Hold(f.ctx, maria, 1))
	missing[auth.Credential](t, "credential", auth.ErrNoCredential)(f.s.Credential(f.ctx, "account-1"))
	missing[ledger.AccountID](t, "certificate", auth.ErrNoCredential)(f.s.Bound(f.ctx, auth.Fingerprint{1}))
	for _, space := range pix.Spaces() {
		for _, key := range []pix.Key{{Space: space, Account: maria, Value: "7"}, {Space: space, Value: "none"}} {
			missing[pix.Target](t, "key", pix.ErrNotFound)(f.s.Lookup(f.ctx, key))
		}
	}
	movements, err := f.s.Movements(f.ctx, maria, 0, 10)
	f.fatal(err)
	open, err := f.s.OpenHolds(f.ctx, maria, 0, 10)
	f.fatal(err)
	claimed, next, err := f.s.Claim(f.ctx, pix.RailHTTP, start, start, 10, nil)
	f.fatal(err)
	records, err := f.s.Records(f.ctx, pix.RecordMED, uint64(maria), 0, 10)
	f.fatal(err)
	page, total, err := f.s.Statement(f.ctx, book.StatementQuery{Account: maria, Limit: 10})
	f.fatal(err)
	if len(movements)+len(open)+len(claimed)+len(records)+len(page)+total != 0 || !next.IsZero() {
		t.Errorf("got %v, %v, %v, %v, %v of %d, next %s", movements, open, claimed, records, page, total, next)
	}
	for e, err := range f.s.EachEntry(f.ctx, maria) {
		t.Errorf("entry %+v, %v", e, err)
	}
	same(t, "everything", mustDump(t, f.s), []string{"totals map[]", "last id 0"})
	sound(t, f.s)
}

// paymentLife walks through the balances of the issue that Saldo started from.
func paymentLife(f *fixture) {
	f.open(maria, 1000_40+40, "loja@example.com")
	first := f.payment(maria, 250_00)
	must(f, first)
	f.balance(maria, 1000_80, 250_40)
	must(f, f.event(pix.PaymentSettled, first.EndToEndID))
	f.balance(maria, 750_40, 0)
	second := f.payment(maria, 100_00)
	must(f, second)
	f.balance(maria, 750_40, 100_40)
	rejected := f.event(pix.PaymentRejected, second.EndToEndID)
	rejected.ErrorCode, rejected.ErrorMessage = "INVALID_PIX_KEY", "chave inexistente"
	must(f, rejected)
	f.balance(maria, 750_40, 0)
	for _, again := range []*pix.ApplyEvent{
		f.event(pix.PaymentSettled, first.EndToEndID), f.event(pix.PaymentRejected, second.EndToEndID),
	} {
		if got := must(f, again); got != pix.Repeated {
			f.t.Errorf("%s again: %s", again.Type, got)
		}
	}
	f.balance(maria, 750_40, 0)
	m, err := f.s.Movement(f.ctx, second.ID)
	f.fatal(err)
	if m.Status != pix.Failed || m.ErrorCode != "INVALID_PIX_KEY" || !m.ProcessedAt.Equal(rejected.At) {
		f.t.Errorf("rejected payment %+v", m)
	}
	sound(f.t, f.s)
}

func sweepingOverCommits(f *fixture) {
	f.open(maria, 30_00, "loja@example.com")
	first, second := f.hold(maria, 100_00, true), f.hold(maria, 10_00, true)
	must(f, first)
	must(f, second)
	f.balance(maria, 30_00, 30_00)
	f.credit("loja@example.com", 50_00) // less its fee of 0.50
	f.balance(maria, 79_50, 79_50)
	f.credit("loja@example.com", 50_00)
	f.balance(maria, 129_00, 110_00)
	if a, err := f.s.Account(f.ctx, maria); err != nil || a.Sweeps != 0 {
		f.t.Errorf("account %+v, %v", a, err)
	}
	h, err := f.s.Hold(f.ctx, maria, second.ID)
	f.fatal(err)
	if h.Held != 10_00 || h.Shortfall() != 0 {
		f.t.Errorf("second hold %+v", h)
	}
	sound(f.t, f.s)
}

// reopened fills a store with some of everything, and compares what it tells
// before and after it was closed.
func reopened(f *fixture) {
	if !f.h.Durable {
		f.t.Skip("the store keeps nothing")
	}
	some := someOfEverything(f)
	before := append(mustDump(f.t, f.s), dumpCredentials(f)...)
	f.reopen()
	sameDump(f.t, append(mustDump(f.t, f.s), dumpCredentials(f)...), before)
	sound(f.t, f.s)
	// It goes on where it stopped.
	must(f, f.event(pix.PaymentSettled, some.EndToEndID))
	f.credit("loja@example.com", 1_00)
	f.reopen()
	f.reopen()
	m, err := f.s.Movement(f.ctx, some.ID)
	f.fatal(err)
	if m.Status != pix.Confirmed {
		f.t.Errorf("payment is %s", m.Status)
	}
	sound(f.t, f.s)
}

// someOfEverything returns a payment that is pending.
func someOfEverything(f *fixture) *pix.PlacePayment {
	f.open(maria, 1000_00, "loja@example.com", "+5511900000000")
	f.open(ana, 0)
	var last *pix.PlacePayment
	for range 20 {
		last = f.payment(maria, 3_00)
		must(f, last)
		must(f, f.charge(maria, 5_00))
	}
	must(f, f.event(pix.PaymentSettled, endToEndID(uint64(last.ID)-2)))
	must(f, f.hold(maria, 20_00, false))
	must(f, f.hold(maria, 2000_00, true))
	must(f, f.hold(ana, 7_00, true))
	f.credit("loja@example.com", 12_34)
	arriving := f.event(pix.ReceiptProcessing, endToEndID(5))
	arriving.PixKey, arriving.Amount = "+5511900000000", 77_00
	must(f, arriving)
	lost := f.event(pix.ReceiptSettled, endToEndID(6))
	lost.PixKey, lost.Amount, lost.Raw = "nobody@example.com", 1_00, `{"id":"x"}`
	must(f, lost)
	f.fatal(f.s.PutCredential(f.ctx, credential("account-10001-aaaaaaaa", maria, 1)))
	f.putRecords(record(pix.RecordMED, "case-1", uint64(maria), 7, `{"status":"open"}`),
		record(pix.RecordDeadLetter, "8", 0, 8, `{}`))
	noted := f.putJob(testTopic, f.next(), f.now)
	noted.Note = "transaction.confirmed"
	f.write(pix.Needs{Jobs: []pix.JobKey{noted.JobKey}}, func(b *pix.Books) { b.Jobs.Put(noted.JobKey, noted) })
	return last
}

func dumpCredentials(f *fixture) []string {
	d := &dump{ctx: context.WithoutCancel(f.ctx), r: f.s}
	list, err := f.s.Credentials(f.ctx, maria)
	d.add("credentials", list, err)
	return d.lines
}
