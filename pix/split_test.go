package pix_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/pix"
)

// splits reads shares parted by commas: an amount or a percentage, a colon, who
// gets it, and :now for an immediate one.
func splits(text string) []pix.Split {
	var out []pix.Split
	for part := range strings.SplitSeq(text, ",") {
		fields := append(strings.Split(part, ":"), "", "")
		if fields[0] == "" {
			continue
		}
		s := pix.Split{Key: fields[1] + "@example.com", Name: fields[1], Immediate: fields[2] == "now"}
		if percent, ok := strings.CutSuffix(fields[0], "%"); ok {
			s.Percent = int64(amount(percent))
		} else {
			s.Fixed = amount(fields[0])
		}
		out = append(out, s)
	}
	return out
}

func cob(alterable string, original money.Centavos) *pix.Cob {
	if alterable == "" {
		return nil
	}
	return &pix.Cob{Original: original, Alterable: true}
}

// dueSplits are the holds of the shares of an account that are due first, with
// those that merge with them.
func (w *world) dueSplits(account ledger.AccountID) []ledger.Hold {
	jobs, err := w.store.Jobs(w.ctx, pix.PayoutSplit, 0, 1000)
	w.fatal(err)
	var due []ledger.Hold
	for _, job := range jobs {
		h, err := w.store.Hold(w.ctx, job.Account, ledger.HoldID(job.ID))
		w.fatal(err)
		if job.Account == account && !job.Due.After(w.now) && (len(due) == 0 || pix.Merges(due[0], h)) {
			due = append(due, h)
		}
	}
	return due
}

// payOut pays the shares that are due first with a payment of a name.
func (w *world) payOut(name, account string) command {
	due := w.dueSplits(w.accounts[account])
	if len(due) == 0 {
		return command{pix.Needs{}, func(*pix.Books) (string, error) { return "nothing is due", nil }}
	}
	return w.named(name, asCommand(&pix.PayOutSplits{
		ID: pix.MovementID(w.next()), Holds: due, EndToEndID: endToEndID(name), Rail: pix.RailHTTP, At: w.now,
	}))
}

// checkSplits tells a hold of a share without its job, and a job without one.
func (w *world) checkSplits() {
	w.t.Helper()
	jobs, err := w.store.Jobs(w.ctx, pix.PayoutSplit, 0, 10_000)
	w.fatal(err)
	var open []uint64
	for a := range w.store.EachAccount(w.ctx) {
		for h := range w.store.EachHold(w.ctx, a.ID) {
			if h.Reason != ledger.ReasonSplit {
				continue
			}
			m, err := w.store.Movement(w.ctx, pix.MovementID(h.About))
			w.fatal(err)
			if what := m.WrongShare(h); what != "" {
				w.t.Fatalf("movement %s %s", m.ID, what)
			}
			if h.Open() {
				open = append(open, uint64(h.ID))
			}
		}
	}
	slices.Sort(open)
	if !slices.EqualFunc(jobs, open, func(j pix.Job, id uint64) bool { return j.ID == id }) {
		w.t.Fatalf("open shares %v have the jobs %+v", open, jobs)
	}
}

func TestAWindowEndsByTheClockOfSaoPaulo(t *testing.T) {
	for _, c := range []struct {
		frequency pix.SplitFrequency
		at, due   string // 2026-11-20 is a Friday
	}{
		{pix.SplitHourly, "2026-11-20T12:00:00Z", "2026-11-20T13:00:00Z"},
		{pix.SplitHourly, "2026-11-20T12:59:59Z", "2026-11-20T13:00:00Z"},
		{pix.SplitDaily, "2026-11-20T02:59:59Z", "2026-11-20T03:00:00Z"},
		{pix.SplitDaily, "2026-11-20T03:00:00Z", "2026-11-21T03:00:00Z"},
		{pix.SplitDaily, "2026-12-31T23:00:00Z", "2027-01-01T03:00:00Z"},
		{pix.SplitWeekly, "2026-11-20T12:00:00Z", "2026-11-23T03:00:00Z"},
		{pix.SplitWeekly, "2026-11-23T02:59:59Z", "2026-11-23T03:00:00Z"}, // still Sunday there
		{pix.SplitWeekly, "2026-11-23T03:00:00Z", "2026-11-30T03:00:00Z"},
		{pix.SplitWeekly, "2018-11-02T12:00:00Z", "2018-11-05T02:00:00Z"}, // summer time begins within
		{pix.SplitImmediate, "2026-11-20T12:34:56Z", "2026-11-20T12:34:56Z"},
		{"", "2026-11-20T12:34:56Z", "2026-11-20T12:34:56Z"},
	} {
		w := newWorld(t)
		var err error
		w.now, err = time.Parse(time.RFC3339, c.at)
		w.fatal(err)
		w.Do([]string{"account", "loja", "0", "splits=" + string(c.frequency)})
		w.Do([]string{"charge", "c", "loja", "10.00", "splits=1.00:ana"})
		w.Do([]string{"settled", "r", "10.00", "for=c"})
		jobs, err := w.store.Jobs(w.ctx, pix.PayoutSplit, 0, 2)
		w.fatal(err)
		if len(jobs) != 1 || jobs[0].Due.UTC().Format(time.RFC3339) != c.due {
			t.Errorf("%s at %s: %+v, want %s", c.frequency, c.at, jobs, c.due)
		}
	}
}
