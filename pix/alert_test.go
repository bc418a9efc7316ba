package pix

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/money"
)

var alertStart = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// observed is one look at an account, minutes after alertStart, in reais.
type observed struct {
	minute           int
	posted, held     int64
	receipt          bool
	base             int64 // net a day ago; 0 is not measured
	want             string
	wantAgainMinutes int // after alertStart; 0 is not checked
}

// TestRulesJudgeEdges is what each kind of rule says at each edge, with its
// defaults unless told otherwise.
func TestRulesJudgeEdges(t *testing.T) {
	critical := AlertRule{ID: 1, Kind: AlertCriticalBelow, Threshold: 500_00, Hysteresis: 25_00}
	warning := AlertRule{ID: 2, Kind: AlertWarningBelow, Threshold: 2_000_00, Hysteresis: 100_00}
	high := AlertRule{ID: 3, Kind: AlertHighAbove, Threshold: 10_000_00, Hysteresis: 500_00}
	blocked := AlertRule{ID: 4, Kind: AlertBlockedAbove, Threshold: 50, Hysteresis: 5}
	silence := AlertRule{ID: 5, Kind: AlertNoReceipt, Threshold: 60, State: AlertState{Last: alertStart}}
	runway := AlertRule{ID: 6, Kind: AlertRunwayBelow, Threshold: 24 * 60, Hysteresis: 60}
	cooled, reminding, paused := critical, critical, critical
	cooled.Cooldown, reminding.Reminder, paused.Paused = time.Hour, time.Hour, true
	for name, c := range map[string]struct {
		rules []AlertRule
		see   []observed
	}{
		"critical": {[]AlertRule{critical}, []observed{
			{posted: 500}, {posted: 499, want: "raised 1"}, {posted: 10}, {posted: 524}, {posted: 525, want: "resolved 1"},
			{posted: 500}, {posted: -1, want: "raised 1"},
		}},
		"what is held counts": {[]AlertRule{critical}, []observed{{posted: 900, held: 401, want: "raised 1"}}},
		"high": {[]AlertRule{high}, []observed{
			{posted: 10_000}, {posted: 10_001, want: "raised 3"}, {posted: 9_501}, {posted: 9_500, want: "resolved 3"},
		}},
		"the graver wins at once": {[]AlertRule{warning, critical}, []observed{{posted: 100, want: "raised 1"}}},
		"the graver takes over": {[]AlertRule{critical, warning}, []observed{
			{posted: 1_999, want: "raised 2"}, {posted: 499, want: "raised 1, superseded 2"},
			{posted: 525, want: "resolved 1, raised 2"}, {posted: 2_099}, {posted: 2_100, want: "resolved 2"},
		}},
		"blocked": {[]AlertRule{blocked}, []observed{
			{}, {posted: 100, held: 50}, {posted: 10_000, held: 5_001, want: "raised 4"}, {posted: 100, held: 46},
			{posted: 100, held: 45, want: "resolved 4"},
		}},
		"gross of zero raises nothing": {[]AlertRule{blocked}, []observed{
			{}, {posted: 100, held: 100, want: "raised 4"}, {want: "resolved 4"}, {},
		}},
		"no receipt": {[]AlertRule{silence}, []observed{
			{minute: 1, posted: 1, wantAgainMinutes: 61}, {minute: 60}, {minute: 61, want: "raised 5"},
			{minute: 90}, {minute: 95, receipt: true, want: "resolved 5", wantAgainMinutes: 156},
			{minute: 100, receipt: true, wantAgainMinutes: 161}, {minute: 160}, {minute: 161, want: "raised 5"},
		}},
		"runway": {[]AlertRule{runway}, []observed{
			{posted: 1}, {posted: 5_000, base: 10_000}, {posted: 4_999, base: 10_000, want: "raised 6"},
			{posted: 5_050, base: 10_000}, {posted: 5_200, base: 10_000, want: "resolved 6"},
			{posted: 1, base: 1}, {base: 10, want: "raised 6"},
		}},
		"cooldown": {[]AlertRule{cooled}, []observed{
			{posted: 1, want: "raised 1"}, {minute: 1, posted: 525, want: "resolved 1"},
			{minute: 2, posted: 1, wantAgainMinutes: 60}, {minute: 3, posted: 525}, {minute: 59, posted: 1},
			{minute: 60, posted: 1, want: "raised 1"},
		}},
		"reminders": {[]AlertRule{reminding}, []observed{
			{posted: 1, want: "raised 1", wantAgainMinutes: 60}, {minute: 59, posted: 2}, {minute: 60, posted: 2, want: "reminder 1"},
			{minute: 300, posted: 2, want: "reminder 1", wantAgainMinutes: 360}, {minute: 301, posted: 600, want: "resolved 1"},
			{minute: 900, posted: 600},
		}},
		"paused": {[]AlertRule{paused}, []observed{{posted: 1}}},
	} {
		t.Run(name, func(t *testing.T) { wantTold(t, c.rules, c.see) })
	}
}

func wantTold(t *testing.T, rules []AlertRule, see []observed) {
	t.Helper()
	number := uint64(100)
	for i, o := range see {
		s := sight{
			at: alertStart.Add(time.Duration(o.minute) * time.Minute), entry: uint64(i), receipt: o.receipt,
			balance: ledger.Balance{Posted: money.Centavos(o.posted * 100), Held: money.Centavos(o.held * 100)},
			base:    money.Centavos(o.base * 100), based: o.base != 0,
		}
		before := fmt.Sprint(rules)
		next, told, again, changed := judge(rules, &s, func() uint64 { number++; return number })
		if fmt.Sprint(rules) != before || len(told) > 0 && !changed {
			t.Fatalf("look %d: rules were written through, or something is told without a change", i)
		}
		text := ""
		for j, each := range told {
			if j > 0 {
				text += ", "
			}
			text += fmt.Sprintf("%s %d", each.what, next[each.rule].ID)
		}
		if text != o.want {
			t.Errorf("look %d at %+v: told %q, want %q", i, o, text, o.want)
		}
		want := alertStart.Add(time.Duration(o.wantAgainMinutes) * time.Minute)
		if o.wantAgainMinutes > 0 && !again.Equal(want) {
			t.Errorf("look %d: again at %s, want %s", i, again, want)
		}
		rules = next
	}
}

func TestAcknowledgedAlertsAreNotRemindedOf(t *testing.T) {
	seen := alertStart.Add(time.Minute)
	rule := AlertRule{ID: 1, Kind: AlertCriticalBelow, Threshold: 500_00, Reminder: time.Hour, State: AlertState{
		On: true, RaisedAt: alertStart, Open: &Alert{ID: 7, RaisedAt: alertStart, AcknowledgedAt: seen},
	}}
	wantTold(t, []AlertRule{rule}, []observed{{minute: 300, posted: 1}, {minute: 301, posted: 600, want: "resolved 1"}})
	rule.State.Open = &Alert{ID: 7, RaisedAt: alertStart, Reminders: AlertRemindersMax, RemindedAt: seen}
	wantTold(t, []AlertRule{rule}, []observed{{minute: 300, posted: 1}})
}

// TestProductsAreComparedExactly wants what 64 bits can't hold compared all the same.
func TestProductsAreComparedExactly(t *testing.T) {
	const most = money.Centavos(1<<63 - 1)
	for i, c := range []struct {
		a    money.Centavos
		b    int64
		c    money.Centavos
		d    int64
		want int
	}{
		{most, 100, most, 50, 1}, {most / 2, 100, most, 50, -1}, {3, 4, 6, 2, 0}, {-1, 5, 0, 0, -1}, {0, 1, 5, -1, 1},
	} {
		if got := compareProducts(c.a, c.b, c.c, c.d); got != c.want {
			t.Errorf("%d: %d", i, got)
		}
	}
}

// TestASwingingNetRaisesWhatTheModelSays lets net swing at random around a
// threshold, 1 000 times, and wants exactly what a second, plain telling of
// hysteresis and cooldown says.
func TestASwingingNetRaisesWhatTheModelSays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cooldown := time.Duration(rapid.IntRange(0, 120).Draw(t, "cooldown")) * time.Second
		margin := int64(rapid.IntRange(0, 50_00).Draw(t, "hysteresis"))
		rules := []AlertRule{{
			ID: 1, Kind: AlertCriticalBelow, Threshold: 500_00, Hysteresis: margin, Cooldown: cooldown,
		}}
		var on, open bool
		var raisedAt time.Time
		at := alertStart
		for i := range 1_000 {
			at = at.Add(time.Duration(rapid.IntRange(0, 30).Draw(t, "wait")) * time.Second)
			net := rapid.Int64Range(400_00, 600_00).Draw(t, "net")
			want := ""
			switch {
			case net < 500_00:
				on = true
			case net >= 500_00+margin:
				on = false
			}
			switch {
			case on && !open && (raisedAt.IsZero() || !at.Before(raisedAt.Add(cooldown))):
				open, raisedAt, want = true, at, AlertRaised
			case !on && open:
				open, want = false, string(AlertResolved)
			}
			s := sight{at: at, balance: ledger.Balance{Posted: money.Centavos(net)}}
			next, told, _, _ := judge(rules, &s, func() uint64 { return uint64(i + 1) })
			got := ""
			if len(told) == 1 {
				got = told[0].what
			}
			if got != want || len(told) > 1 {
				t.Fatalf("swing %d, net %d at %s: told %v, want %q", i, net, at.Sub(alertStart), told, want)
			}
			rules = next
		}
	})
}
