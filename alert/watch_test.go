package alert_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/pix"
)

func sortEvents(list []pix.AlertEvent) {
	slices.SortFunc(list, func(a, b pix.AlertEvent) int { return cmp.Compare(a.ID, b.ID) })
}

// told writes events as "raised@90", in seconds after start.
func told(events []pix.AlertEvent) []string {
	var list []string
	for _, e := range events {
		list = append(list, fmt.Sprintf("%s@%d", e.What, int(e.At.Sub(start)/time.Second)))
	}
	return list
}

func (w *world) rule(r pix.AlertRule) pix.AlertRule {
	w.t.Helper()
	return must(w.t, w, &pix.SetAlertRule{Account: account, Rule: r, At: w.now})
}

func (w *world) wantTold(want ...string) {
	w.t.Helper()
	if got := told(w.events()); !slices.Equal(got, want) {
		w.t.Errorf("told\n%s\nwant\n%s", strings.Join(got, " "), strings.Join(want, " "))
	}
}

// TestAThousandSwings lets net swing around a threshold, with the clock moving and
// what is due being worked off at random, and restarts in between. What is told is
// what a second, plain telling of hysteresis and cooldown says, and the restarts
// change nothing.
func TestAThousandSwings(t *testing.T) {
	for seed := range uint64(5) {
		with := swing(t, seed, true)
		without := swing(t, seed, false)
		if !slices.Equal(with, without) {
			t.Errorf("seed %d: restarts change what is told:\n%v\n%v", seed, with, without)
		}
		if len(with) < 20 {
			t.Errorf("seed %d: only %d events", seed, len(with))
		}
	}
}

func swing(t *testing.T, seed uint64, restarts bool) []string {
	const cooldown, margin = 10 * time.Minute, 25_00
	random, crashes := rand.New(rand.NewPCG(seed, 1)), rand.New(rand.NewPCG(seed, 2))
	w := newWorld(t, nil)
	w.net(1_000_00)
	w.rule(pix.AlertRule{Kind: pix.AlertCriticalBelow, Threshold: 500_00, Hysteresis: margin, Cooldown: cooldown})
	var model struct {
		on, open bool
		raised   time.Time
		told     []string
	}
	judge := func() {
		switch say := func(what string) {
			model.told = append(model.told, fmt.Sprintf("%s@%d", what, int(w.now.Sub(start)/time.Second)))
		}; {
		case model.on && !model.open && (model.raised.IsZero() || !w.now.Before(model.raised.Add(cooldown))):
			model.open, model.raised = true, w.now
			say("raised")
		case !model.on && model.open:
			model.open = false
			say("resolved")
		}
	}
	for range 1_000 {
		w.now = w.now.Add(time.Duration(random.IntN(120)) * time.Second)
		if random.IntN(2) == 0 {
			w.watch()
			judge()
		}
		net := money.Centavos(450_00 + random.IntN(100_00))
		w.net(net)
		model.on = net < 500_00 || model.on && net < 500_00+margin
		judge()
		if restarts && crashes.IntN(20) == 0 {
			w.restart()
		}
	}
	got := told(w.events())
	if !slices.Equal(got, model.told) {
		t.Errorf("seed %d: told\n%v\nwant\n%v", seed, got, model.told)
	}
	w.stop()
	return got
}

// TestTheClockRaises wants what only time brings about: the end of a cooldown,
// reminders, silence, each once and at its time, over a restart.
func TestTheClockRaises(t *testing.T) {
	w := newWorld(t, nil)
	w.net(1_000_00)
	w.rule(pix.AlertRule{
		Kind: pix.AlertCriticalBelow, Threshold: 500_00, Cooldown: 10 * time.Minute, Reminder: 30 * time.Minute,
	})
	at := func(minutes int) { w.now = start.Add(time.Duration(minutes) * time.Minute) }
	w.net(400_00)
	at(1)
	w.net(600_00)
	at(2)
	w.net(400_00)
	w.watch()
	at(9)
	w.watch()
	w.restart()
	at(10)
	w.watch()
	w.watch()
	at(39)
	w.watch()
	at(40)
	w.watch()
	at(200) // nobody looked in between: one reminder, not five
	w.restart()
	w.watch()
	w.wantTold("raised@0", "resolved@60", "raised@600", "reminder@2400", "reminder@12000")
	open := w.alerts().Open()
	if len(open) != 1 || open[0].Reminders != 2 {
		t.Fatalf("open: %+v", open)
	}
	must(t, w, &pix.AcknowledgeAlert{Account: account, ID: open[0].ID, Note: "visto", At: w.now})
	at(10_000)
	w.watch()
	if n := len(w.events()); n != 5 {
		t.Errorf("%d events: acknowledged alerts are reminded of", n)
	}
	w.net(600_00)
	ended := must(t, w, &pix.AcknowledgeAlert{Account: account, ID: open[0].ID, Note: "de novo", At: w.now})
	if ended.Note != "visto" || ended.Outcome != pix.AlertResolved {
		t.Errorf("acknowledged twice: %+v", ended)
	}
	if jobs, err := w.store.Jobs(t.Context(), pix.TopicAlertWatch, 0, 99); err != nil || len(jobs) > 1 {
		t.Errorf("jobs pile up: %d, %v", len(jobs), err)
	}
}

func TestSilenceIsTold(t *testing.T) {
	w := newWorld(t, nil)
	w.rule(pix.AlertRule{Kind: pix.AlertNoReceipt, Threshold: 60})
	id := pix.MovementID(1)
	receive := func() {
		id++
		must(t, w, &setNet{net: money.Centavos(id) * 100, at: w.now, receipt: id})
	}
	for w.now = start.Add(time.Minute); w.now.Before(start.Add(3 * time.Hour)); w.now = w.now.Add(30 * time.Minute) {
		receive()
		w.watch()
	}
	if n := len(w.events()); n != 0 {
		t.Fatalf("%d events although money came: %v", n, told(w.events()))
	}
	for range 4 {
		w.now = w.now.Add(30 * time.Minute)
		w.net(1_00 + money.Centavos(w.now.Minute())) // not a receipt
		w.watch()
	}
	w.restart()
	receive()
	w.watch()
	events := w.events()
	if len(events) != 2 || events[0].What != pix.AlertRaised || events[1].What != string(pix.AlertResolved) {
		t.Fatalf("told %v", told(events))
	}
}

// TestThePaceOfTheLastDayIsMeasured lets net fall by half in a day: what is left
// lasts a day more.
func TestThePaceOfTheLastDayIsMeasured(t *testing.T) {
	w := newWorld(t, nil)
	w.net(10_000_00)
	w.rule(pix.AlertRule{Kind: pix.AlertRunwayBelow, Threshold: 24 * 60, Hysteresis: 60})
	w.watch()
	for hour := 1; hour <= 24; hour++ {
		w.now = start.Add(time.Duration(hour) * time.Hour)
		w.net(10_000_00 - money.Centavos(hour)*200_00)
		w.watch()
	}
	if n := len(w.events()); n != 0 {
		t.Fatalf("told %v at half the pace", told(w.events()))
	}
	w.net(4_999_00)
	events := w.events()
	if len(events) != 1 || events[0].What != pix.AlertRaised || events[0].Alert.Kind != pix.AlertRunwayBelow {
		t.Fatalf("told %v", told(events))
	}
	// A day without payments: the pace is gone, and with it the alert.
	w.now = w.now.Add(25 * time.Hour)
	w.watch()
	if events := w.events(); len(events) != 2 || events[1].What != string(pix.AlertResolved) {
		t.Errorf("told %v", told(events))
	}
}

func TestRulesThatChange(t *testing.T) {
	w := newWorld(t, nil)
	w.net(400_00)
	low := w.rule(pix.AlertRule{Kind: pix.AlertCriticalBelow, Threshold: 500_00})
	if low.State.Open == nil {
		t.Fatal("what holds already is not told")
	}
	low.Name = "Caixa"
	if again := w.rule(low); again.State.Open == nil || again.Name != "Caixa" {
		t.Errorf("a new name: %+v", again)
	}
	low.Threshold = 300_00
	if again := w.rule(low); again.State.Open != nil {
		t.Errorf("another threshold: %+v", again)
	}
	low.Threshold, low.Paused = 500_00, true
	w.rule(low)
	w.net(10)
	low.Paused = false
	w.rule(low)
	warning := w.rule(pix.AlertRule{Kind: pix.AlertWarningBelow, Threshold: 2_000_00})
	must(t, w, &pix.DeleteAlertRule{Account: account, ID: low.ID, At: w.now})
	var whats []string
	for _, e := range w.events() {
		whats = append(whats, fmt.Sprintf("%s %s", e.What, e.Alert.Kind))
	}
	want := []string{
		"raised critical_below", "withdrawn critical_below", "raised critical_below", "withdrawn critical_below",
		"raised warning_below",
	}
	if !slices.Equal(whats, want) {
		t.Errorf("told %q", whats)
	}
	must(t, w, &pix.DeleteAlertRule{Account: account, ID: warning.ID, At: w.now})
	for n := range pix.AlertRulesMax {
		w.rule(pix.AlertRule{Kind: pix.AlertHighAbove, Threshold: int64(n)})
	}
	for name, c := range map[string]struct {
		rule pix.AlertRule
		want error
	}{
		"one too many": {pix.AlertRule{Kind: pix.AlertHighAbove}, pix.ErrTooManyRules},
		"no such rule": {pix.AlertRule{ID: 5, Kind: pix.AlertHighAbove}, pix.ErrNoRule},
		"no channel":   {pix.AlertRule{Kind: pix.AlertHighAbove, Channels: []uint64{5}}, pix.ErrNoChannel},
	} {
		_, err := (&pix.SetAlertRule{Account: account, Rule: c.rule, At: w.now}).Decide(w.books())
		if err != c.want {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// books are books with the account as it is.
func (w *world) books() *pix.Books {
	w.t.Helper()
	var books *pix.Books
	err := w.store.Commit(w.t.Context(), pix.Needs{Accounts: []ledger.AccountID{account}}, func(b *pix.Books) error {
		books = b
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return books
}

// TestTheHistoryIsBounded raises and resolves more often than is kept.
func TestTheHistoryIsBounded(t *testing.T) {
	w := newWorld(t, nil)
	w.net(1_000_00)
	w.rule(pix.AlertRule{Kind: pix.AlertCriticalBelow, Threshold: 500_00})
	for range pix.AlertHistoryMax + 150 {
		w.net(400_00)
		w.net(600_00)
		w.watch()
	}
	records, err := w.store.Records(t.Context(), pix.RecordAlert, uint64(account), 0, 10_000)
	if err != nil || len(records) < pix.AlertHistoryMax || len(records) > pix.AlertHistoryMax+pix.AlertTrim {
		t.Errorf("%d alerts are kept, %v", len(records), err)
	}
	if events := len(w.events()); events > 2*(pix.AlertHistoryMax+pix.AlertTrim) {
		t.Errorf("%d events are kept", events)
	}
}
