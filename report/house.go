package report

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"time"

	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/statement"
)

// Limits of what is counted when a report is made. There may be more.
const (
	lettersMax  = 100_000
	suspenseMax = 100_000
	listPage    = 1_000
)

// House makes the report of the house, and tells each, if there is one, of every
// account's in order of id. It holds one account in memory at a time.
func (m *Maker) House(ctx context.Context, d statement.Day, each func(*Account) error) (*House, error) {
	now := m.Now()
	if today := statement.DayOf(now); d.After(today) {
		return nil, &DayError{"must not be after today, " + today.String()}
	}
	w := &walk{Maker: m, h: &House{Alerts: []AccountAlert{}}, at: now, each: each, sums: make(map[ledger.Role]*System)}
	w.h.begin(d, now)
	w.h.Holds.Moment = ThenOpen
	var err error
	if w.letters, err = m.deadLetters(ctx); err != nil {
		return nil, err
	}
	if err := w.accounts(ctx); err != nil {
		return nil, err
	}
	for _, n := range w.letters {
		w.h.DeadLetters += n
	}
	if w.h.SuspenseItems, err = m.suspenseItems(ctx, w.h.AsOf.Time); err != nil {
		return nil, err
	}
	return w.h, w.judge(ctx)
}

// walk makes the report of the house.
type walk struct {
	*Maker
	adder
	h       *House
	at      time.Time
	each    func(*Account) error
	letters map[ledger.AccountID]int
	sums    map[ledger.Role]*System
	stripes []ledger.Account // of the operator's accounts that moved after the day
	broken  int              // accounts that do not add up
}

// accounts goes over all accounts as they are at one moment, each with its profile,
// which are in the same order.
func (w *walk) accounts(ctx context.Context) error {
	next, stop := iter.Pull2(w.profiles(ctx))
	defer stop()
	var profile pix.Profile
	for account, err := range w.Reader.EachAccount(ctx) {
		if err != nil {
			return err
		}
		if account.ID.Role() != ledger.Customer {
			if err := w.system(ctx, account); err != nil {
				return err
			}
			continue
		}
		for profile.ID < account.ID {
			var more bool
			if profile, err, more = next(); err != nil {
				return err
			}
			if !more {
				return fmt.Errorf("account %s: %w", account.ID, ledger.ErrAccountNotFound)
			}
		}
		if err := w.customer(ctx, account, profile); err != nil {
			return fmt.Errorf("account %s: %w", account.ID, err)
		}
	}
	return w.err
}

// profiles yields all customers' profiles, in order of id.
func (w *walk) profiles(ctx context.Context) iter.Seq2[pix.Profile, error] {
	return func(yield func(pix.Profile, error) bool) {
		for after := ledger.AccountID(0); ; {
			page, err := w.Reader.Profiles(ctx, after, listPage)
			if err != nil {
				yield(pix.Profile{}, err)
				return
			}
			for i := range page {
				if !yield(page[i], nil) {
					return
				}
			}
			if len(page) < listPage {
				return
			}
			after = page[listPage-1].ID
		}
	}
}

// customer adds a customer's account that was there on the day.
func (w *walk) customer(ctx context.Context, account ledger.Account, profile pix.Profile) error {
	since := statement.DayOf(profile.CreatedAt)
	if w.h.since == (statement.Day{}) || w.h.since.After(since) {
		w.h.since = since
	}
	if since.After(w.h.Date) {
		return nil
	}
	a, err := w.account(ctx, &sight{profile, account, w.at, w.letters[account.ID]}, w.h.Date)
	if err != nil {
		return err
	}
	if w.each != nil {
		if err := w.each(a); err != nil {
			return err
		}
	}
	h := w.h
	h.Accounts++
	if a.Moved() {
		h.Moved++
	}
	if a.Status == Alert {
		w.alerting(a)
	}
	w.addHead(&a.Head)
	return w.err
}

func (w *walk) alerting(a *Account) {
	if w.h.Alerting++; w.h.Alerting <= AlertsMax {
		named := AccountAlert{AccountID: a.AccountID, Name: a.Name, Net: a.Balance.Net}
		for i := range a.Reasons {
			named.Reasons = append(named.Reasons, a.Reasons[i].Code)
		}
		w.h.Alerts = append(w.h.Alerts, named)
	}
	if a.Has(DoesNotAddUp) || a.Has(DoesNotContinue) {
		w.broken++
	}
}

// addHead adds what the report of an account says to that of the house.
func (w *walk) addHead(a *Head) {
	h := &w.h.Head
	for _, sum := range []struct {
		to *Amount
		c  Amount
	}{
		{&h.Balance.Gross, a.Balance.Gross}, {&h.Balance.Blocked, a.Balance.Blocked}, {&h.Balance.Net, a.Balance.Net},
		{&h.Flow.Opening, a.Flow.Opening}, {&h.Flow.Credits, a.Flow.Credits}, {&h.Flow.Debits, a.Flow.Debits},
		{&h.Flow.Fees, a.Flow.Fees}, {&h.Flow.Closing, a.Flow.Closing},
		{&h.BlockedFlow.Opening, a.BlockedFlow.Opening}, {&h.BlockedFlow.Blocked, a.BlockedFlow.Blocked},
		{&h.BlockedFlow.Unblocked, a.BlockedFlow.Unblocked}, {&h.BlockedFlow.Closing, a.BlockedFlow.Closing},
	} {
		w.add(sum.to, sum.c)
	}
	h.Entries += a.Entries
	h.OpenAlerts += a.OpenAlerts
	for i := range a.Kinds {
		w.addKind(&a.Kinds[i])
	}
	w.addHolds(&a.Holds)
}

func (w *walk) addKind(k *KindSum) {
	to := w.h.kind(k.Kind)
	to.Count += k.Count
	to.Reversals += k.Reversals
	w.add(&to.Credits, k.Credits)
	w.add(&to.Debits, k.Debits)
	w.add(&to.Fees, k.Fees)
	w.add(&to.Blocked, k.Blocked)
	w.add(&to.Unblocked, k.Unblocked)
}

func (w *walk) addHolds(of *Holds) {
	to := &w.h.Holds
	if of.Moment == NowOpen {
		to.Moment = NowOpen
	}
	to.Open += of.Open
	to.Short += of.Short
	to.Overdue += of.Overdue
	w.add(&to.Held, of.Held)
	w.add(&to.Shortfall, of.Shortfall)
	if of.Oldest != nil && (to.Oldest == nil || of.Oldest.Before(to.Oldest.Time)) {
		to.Oldest = of.Oldest
	}
	for i := range of.Ages {
		to.Ages[i].Holds += of.Ages[i].Holds
		w.add(&to.Ages[i].Held, of.Ages[i].Held)
		w.add(&to.Ages[i].Shortfall, of.Ages[i].Shortfall)
	}
	for _, r := range of.Reasons {
		sum := to.reason(r.Reason)
		sum.Holds += r.Holds
		w.add(&sum.Held, r.Held)
		w.add(&sum.Shortfall, r.Shortfall)
	}
}

func (h *Holds) reason(name string) *ReasonSum {
	for i := range h.Reasons {
		if h.Reasons[i].Reason == name {
			return &h.Reasons[i]
		}
	}
	h.Reasons = append(h.Reasons, ReasonSum{Reason: name})
	return &h.Reasons[len(h.Reasons)-1]
}

// system adds a stripe of one of the operator's accounts.
func (w *walk) system(ctx context.Context, account ledger.Account) error {
	role := account.ID.Role()
	sum := w.sums[role]
	if sum == nil {
		sum = &System{Role: role.String()}
		w.sums[role] = sum
	}
	from, until := statement.Period{From: w.h.Date, To: w.h.Date}.Bounds()
	opening, err := w.before(ctx, account, from)
	if err != nil {
		return err
	}
	closing, err := w.before(ctx, account, until)
	if err != nil {
		return err
	}
	if account.Entries > 0 {
		w.stripes = append(w.stripes, account)
	}
	sum.Accounts++
	w.add(&sum.Opening, Amount(opening.Posted))
	w.add(&sum.Closing, Amount(closing.Posted))
	return w.err
}

// before returns the balance that an account had before an instant. What it has is
// only looked up where the newest is not it.
func (m *Maker) before(ctx context.Context, account ledger.Account, at time.Time) (ledger.Balance, error) {
	if account.Entries == 0 || account.LastAt.Before(at) {
		return account.Balance, nil
	}
	return m.Reader.BalanceAt(ctx, account.ID, at.Add(-time.Microsecond)) // the books count microseconds
}

// deadLetters counts the notices that were given up, by account. A house has few.
func (m *Maker) deadLetters(ctx context.Context) (map[ledger.AccountID]int, error) {
	counts := make(map[ledger.AccountID]int)
	for before, seen := uint64(0), 0; seen < lettersMax; {
		page, err := m.Reader.Records(ctx, pix.RecordDeadLetter, 0, before, listPage)
		if err != nil {
			return nil, err
		}
		for i := range page {
			var letter struct {
				Account ledger.AccountID `json:"account"`
			}
			if err := json.Unmarshal(page[i].Body, &letter); err != nil {
				return nil, fmt.Errorf("dead letter %s: %w", page[i].Name, err)
			}
			counts[letter.Account]++
		}
		if len(page) < listPage {
			break
		}
		seen += len(page)
		before = page[listPage-1].Number
	}
	return counts, nil
}

// suspenseItems counts the events that were in suspense at an instant.
func (m *Maker) suspenseItems(ctx context.Context, at time.Time) (int, error) {
	count := 0
	for after, seen := uint64(0), 0; seen < suspenseMax; {
		page, err := m.Reader.Suspense(ctx, after, listPage)
		if err != nil || len(page) == 0 {
			return count, err
		}
		after = page[len(page)-1].ID
		// Resolutions are numbered as the items: no more are read than there are items.
		records, err := m.Reader.Records(ctx, pix.RecordSuspense, 0, after+1, len(page))
		if err != nil {
			return 0, err
		}
		solved := make(map[uint64]bool, len(records))
		for i := range records {
			r, err := pix.ReadResolution(records[i])
			if err != nil {
				return 0, err
			}
			solved[r.Item] = !r.At.After(at)
		}
		for i := range page {
			if !page[i].ReceivedAt.After(at) && !solved[page[i].ID] {
				count++
			}
		}
		seen += len(page)
	}
	return count, nil
}
