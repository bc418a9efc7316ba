package pix

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/pixid"
)

// SplitsMax is how many splits a charge may have (contract §4.2).
const SplitsMax = 10

// PercentOne is 1 % as a Split has it: two decimals.
const PercentOne = 100

// Split is a share of a charge that is paid out to somebody else once the charge
// is paid (contract §4.2).
type Split struct {
	KeyType  pixid.KeyType  `json:"keyType"`
	Key      string         `json:"key"` // Pix key of who gets it
	Name     string         `json:"name"`
	Document string         `json:"document"`
	Fixed    money.Centavos `json:"fixed,omitempty"`   // in reais; or
	Percent  int64          `json:"percent,omitempty"` // hundredths of a per cent of the charge
	// Immediate is paid out at once and by itself, whatever the account's
	// frequency.
	Immediate bool `json:"immediate,omitempty"`
	// Amount is the share and Fee the most that its payment costs, in reais, both
	// as agreed when the charge was created.
	Amount money.Centavos `json:"amount"`
	Fee    money.Centavos `json:"fee,omitempty"`
}

// ErrSplits means that shares and fees are more than the charge's value, or that
// a share is nothing.
var ErrSplits = errors.New("splits do not fit the value")

// SplitsError tells what is wrong with the splits of a charge. It matches
// ErrSplits.
type SplitsError struct{ Field, Reason string }

func (e *SplitsError) Error() string { return e.Field + " " + e.Reason }

// Is makes errors.Is find the sentinel.
func (e *SplitsError) Is(target error) bool { return target == ErrSplits }

// share sets the amount and fee of each split of a charge of a value that costs
// the receiver a fee. A percentage is of the value, rounded half up to the
// centavo; where rounding makes more than there is, the last ones get a centavo
// less. Shares and fees never sum to more than the value.
func share(splits []Split, value, receiptFee money.Centavos, payment FeeRule) ([]Split, error) {
	// The exact sum, in ten-thousandths of a centavo: ten shares of less than
	// 10^12 centavos stay below 2^63.
	const whole = 100 * PercentOne // 100 %
	exact, sum := int64(receiptFee)*whole, receiptFee
	out := make([]Split, len(splits))
	for i, s := range splits {
		s.Amount = s.Fixed
		if s.Percent > whole || s.Fixed > value {
			return nil, tooMuch(value)
		}
		var err error
		if s.Percent > 0 {
			if s.Amount, err = value.Share(s.Percent, whole); err != nil {
				return nil, tooMuch(value)
			}
			exact += int64(value) * s.Percent
		}
		if s.Fee, err = payment.On(s.Amount); err != nil || s.Fee > value {
			return nil, tooMuch(value)
		}
		exact += int64(s.Fixed+s.Fee) * whole
		sum += s.Amount + s.Fee
		out[i] = s
	}
	if exact > int64(value)*whole {
		return nil, tooMuch(value)
	}
	for i := len(out) - 1; i >= 0 && sum > value; i-- {
		if out[i].Percent > 0 {
			out[i].Amount--
			sum--
		}
	}
	for i, s := range out {
		if s.Amount <= 0 {
			return nil, &SplitsError{fmt.Sprintf("splits[%d].value", i), "comes to less than 0.01"}
		}
	}
	return out, nil
}

func tooMuch(value money.Centavos) error {
	return &SplitsError{"splits", fmt.Sprintf("and fees are more than the value of %s", value)}
}

// SplitFrequency is how often an account pays out the shares of its charges.
type SplitFrequency string

// The frequencies. What is due in one window is paid to each recipient in one
// payment. The zero value is SplitImmediate.
const (
	SplitImmediate SplitFrequency = "IMMEDIATE"
	SplitHourly    SplitFrequency = "HOURLY"
	SplitDaily     SplitFrequency = "DAILY"  // at midnight in São Paulo
	SplitWeekly    SplitFrequency = "WEEKLY" // at the midnight in São Paulo that begins a Monday
)

// SplitFrequencies lists the frequencies.
func SplitFrequencies() []string {
	return []string{string(SplitImmediate), string(SplitHourly), string(SplitDaily), string(SplitWeekly)}
}

// due returns the end of the window that at is in: zero where there is none.
func (f SplitFrequency) due(at time.Time) time.Time {
	local := at.In(SaoPaulo)
	year, month, day := local.Date()
	switch f {
	case SplitHourly:
		return at.Truncate(time.Hour).Add(time.Hour).UTC()
	case SplitDaily:
		return DayStart(year, month, day+1)
	case SplitWeekly:
		toMonday := 7 - (int(local.Weekday())+6)%7
		return DayStart(year, month, day+toMonday)
	}
	return time.Time{}
}

// SplitHold is what the hold of a split tells: its place among the splits of a
// charge, from 1, and whom it is for.
type SplitHold struct {
	Charge MovementID
	Place  int
	Due    time.Time // the end of its window, in whole seconds; zero if it waits for none
	Key    string    // Pix key of who gets it
}

// SplitOf reads the hold of a split.
func SplitOf(h ledger.Hold) (s SplitHold, ok bool) {
	var err error
	parts := strings.SplitN(h.Case, "/", 4)
	if len(parts) != 4 || parts[0] != "split" || h.Reason != ledger.ReasonSplit {
		return SplitHold{}, false
	}
	s = SplitHold{Charge: MovementID(h.About), Key: parts[3]}
	if s.Place, err = strconv.Atoi(parts[1]); err == nil && parts[2] != "" {
		s.Due, err = time.Parse(time.RFC3339, parts[2])
	}
	return s, err == nil
}

// ofCase is the case of the hold of s, as in split/1/2026-11-23T03:00:00Z/key.
func (s SplitHold) ofCase() string {
	due := ""
	if !s.Due.IsZero() {
		due = s.Due.UTC().Format(time.RFC3339)
	}
	return fmt.Sprintf("split/%d/%s/%s", s.Place, due, s.Key)
}

// key leads to the hold of s.
func (s SplitHold) key(account ledger.AccountID) Key {
	return Key{SpaceCase, account, fmt.Sprintf("split/%s/%d", s.Charge, s.Place)}
}

// splits returns the splits of a charge.
func (m Movement) splits() []Split {
	if m.Terms == nil {
		return nil
	}
	return m.Terms.Splits
}

// setAside opens a hold for each split of charge m, which has just been paid,
// with place, and leaves the payments to whoever pays splits out.
func (b *Books) setAside(m Movement, now time.Time, place func([]ledger.HoldRequest) error) error {
	profile, ok := b.Profiles.Get(m.Account)
	if !ok {
		return ledger.ErrAccountNotFound
	}
	due := profile.Settings.SplitFrequency.due(now)
	var requests []ledger.HoldRequest
	for i, split := range m.splits() {
		s := SplitHold{Charge: m.ID, Place: i + 1, Key: split.Key}
		if !split.Immediate {
			s.Due = due
		}
		r := ledger.HoldRequest{
			ID: ledger.HoldID(b.NextNumber()), Account: m.Account, Reason: ledger.ReasonSplit,
			Amount: split.Amount + split.Fee, About: uint64(m.ID), Case: s.ofCase(),
		}
		requests = append(requests, r)
		b.Keys.Put(s.key(m.Account), Target{m.Account, uint64(r.ID)})
		b.Jobs.Put(JobKey{PayoutSplit, uint64(r.ID)}, splitJob(r, s, now))
	}
	return place(requests)
}

// WrongShare tells how charge m and the hold of a share of it disagree, or
// nothing: the charge is paid, the share is as agreed, and nothing of it is
// captured but what its payment captures.
func (m Movement) WrongShare(h ledger.Hold) string {
	s, ok := SplitOf(h)
	splits := m.splits()
	switch {
	case !ok:
		return fmt.Sprintf("hold %s tells no share of it", h.ID)
	case m.Account != h.Account || m.Kind != Receipt:
		return fmt.Sprintf("hold %s is for a share of another's", h.ID)
	case m.Status != Confirmed:
		return fmt.Sprintf("is %s, and hold %s is for a share of it", m.Status, h.ID)
	case s.Place < 1 || s.Place > len(splits):
		return fmt.Sprintf("has no share %d, for which hold %s is", s.Place, h.ID)
	case splits[s.Place-1].Key != s.Key:
		return fmt.Sprintf("its share %d is another's than hold %s says", s.Place, h.ID)
	case h.Requested != splits[s.Place-1].Amount+splits[s.Place-1].Fee:
		return fmt.Sprintf("its share %d is not what hold %s asks for", s.Place, h.ID)
	case h.Sweep || h.Captured != 0 || h.Held != 0 && h.Released != 0:
		return fmt.Sprintf("hold %s of its share %d went over in part", h.ID, s.Place)
	}
	return ""
}
