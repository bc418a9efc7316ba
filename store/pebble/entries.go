package pebble

import (
	"time"

	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/money"
)

// An entry is kept once, under the account, time and number of its first line.
// Its other lines are kept as references, under their own account: one record
// refers to a run of lines with consecutive numbers that were committed
// together, so that an account which every payment touches costs a commit one
// record. The second byte of a record tells the two apart: it is the kind of an
// entry, or references.
const references = 0

const (
	lineSizeMin      = 7 + len(ledger.Hash{})
	changeSizeMin    = 3
	referenceSizeMin = 5
)

// home tells where an entry is kept.
type home struct {
	account ledger.AccountID
	at      int64 // microseconds
	number  uint64
}

// reference is a line of an entry that is kept elsewhere.
type reference struct {
	number uint64
	at     int64 // microseconds
	after  ledger.Balance
	home   home
}

func homeOf(e *ledger.Entry) home {
	first := &e.Lines[0]
	return home{first.Account, micros(first.At), first.Number}
}

func (h home) appendKey(key []byte) []byte { return appendEntryKey(key, h.account, h.at, h.number) }

func appendEntry(b []byte, e *ledger.Entry) []byte {
	at := micros(e.At)
	b = append(b, recordVersion, byte(e.Kind))
	b = appendUint(b, e.About)
	b = appendTime(b, e.At, epoch)
	b = appendUint(b, uint64(len(e.Lines)))
	for i := range e.Lines {
		l := &e.Lines[i]
		b = appendUint(b, uint64(l.Account))
		b = appendUint(b, l.Number)
		b = appendTime(b, l.At, at)
		b = appendInt(b, int64(l.Posted))
		b = appendInt(b, int64(l.Held))
		b = appendInt(b, int64(l.PostedAfter))
		b = appendInt(b, int64(l.HeldAfter))
		b = append(b, l.Hash[:]...)
	}
	b = appendUint(b, uint64(len(e.Holds)))
	for i := range e.Holds {
		h := &e.Holds[i]
		b = appendUint(b, uint64(h.Account))
		b = appendInt(b, int64(uint64(h.Hold)-e.About)) // mostly 0
		b = appendInt(b, int64(h.Held))
	}
	return b
}

func readEntry(d *decoder) ledger.Entry {
	e := ledger.Entry{Kind: ledger.Kind(d.byte())}
	if !e.Kind.Valid() {
		d.fail()
	}
	e.About = d.uint()
	e.At = d.time(epoch)
	at := micros(e.At)
	if n := d.count(lineSizeMin); n > 0 {
		e.Lines = make([]ledger.Line, n)
	} else {
		d.fail()
	}
	for i := range e.Lines {
		l := &e.Lines[i]
		l.Account = ledger.AccountID(d.uint())
		l.Number = d.uint()
		l.At = d.time(at)
		l.Posted = money.Centavos(d.int())
		l.Held = money.Centavos(d.int())
		l.PostedAfter = money.Centavos(d.int())
		l.HeldAfter = money.Centavos(d.int())
		copy(l.Hash[:], d.bytes(len(l.Hash)))
	}
	if n := d.count(changeSizeMin); n > 0 {
		e.Holds = make([]ledger.HoldChange, n)
	}
	for i := range e.Holds {
		h := &e.Holds[i]
		h.Account = ledger.AccountID(d.uint())
		h.Hold = ledger.HoldID(uint64(d.int()) + e.About)
		h.Held = money.Centavos(d.int())
	}
	return e
}

// appendReferences appends a run of references. The first one's number and time
// are in the key.
func appendReferences(b []byte, run []reference) []byte {
	b = append(b, recordVersion, references)
	b = appendUint(b, uint64(len(run)))
	previous := run[0].at
	for i := range run {
		r := &run[i]
		b = appendInt(b, r.at-previous)
		previous = r.at
		b = appendInt(b, int64(r.after.Posted))
		b = appendInt(b, int64(r.after.Held))
		b = appendUint(b, uint64(r.home.account))
		b = appendInt(b, r.home.at-r.at)
		b = appendUint(b, r.home.number)
	}
	return b
}

func readReferences(d *decoder) []reference {
	if d.byte() != references {
		d.fail()
	}
	n := d.count(referenceSizeMin)
	if n == 0 {
		d.fail()
	}
	run := make([]reference, n)
	at := int64(number(d.key, secondNumber) ^ 1<<63)
	for i := range run {
		at += d.int()
		run[i] = reference{number: number(d.key, thirdNumber) + uint64(i), at: at}
		run[i].after.Posted = money.Centavos(d.int())
		run[i].after.Held = money.Centavos(d.int())
		run[i].home.account = ledger.AccountID(d.uint())
		run[i].home.at = at + d.int()
		run[i].home.number = d.uint()
	}
	return run
}

// isReferences tells what kind of record stands under an entry's key.
func isReferences(data []byte) bool { return len(data) > 1 && data[1] == references }

// balanceIn returns the balance of an account after its last line at or before
// at in a record under an entry's key.
func balanceIn(key, data []byte, at time.Time) (ledger.Balance, error) {
	if !isReferences(data) {
		e, err := decode(key, data, readEntry)
		if err != nil {
			return ledger.Balance{}, err
		}
		return e.Lines[0].After(), nil
	}
	run, err := decode(key, data, readReferences)
	if err != nil {
		return ledger.Balance{}, err
	}
	last := run[0]
	for _, r := range run[1:] {
		if r.at <= micros(at) {
			last = r
		}
	}
	return last.after, nil
}
