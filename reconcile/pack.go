package reconcile

import (
	"encoding/binary"
	"time"

	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/statement"
)

// packer writes values one after another, as few bytes as it takes.
type packer []byte

func (p *packer) number(n uint64)         { *p = binary.AppendUvarint(*p, n) }
func (p *packer) amount(c money.Centavos) { *p = binary.AppendVarint(*p, int64(c)) }
func (p *packer) time(t time.Time)        { *p = binary.AppendVarint(*p, t.UnixMicro()) }

func (p *packer) text(s string) {
	p.number(uint64(len(s)))
	*p = append(*p, s...)
}

func (p *packer) flags(flags ...bool) {
	var b byte
	for i, flag := range flags {
		if flag {
			b |= 1 << i
		}
	}
	*p = append(*p, b)
}

// unpacker reads what a packer wrote. Its texts are cut out of one string.
type unpacker string

func (u *unpacker) number() uint64 {
	var n uint64
	for shift := 0; ; shift += 7 {
		b := u.byte()
		if n |= uint64(b&0x7f) << shift; b < 0x80 {
			return n
		}
	}
}

func (u *unpacker) byte() byte {
	b := (*u)[0]
	*u = (*u)[1:]
	return b
}

func (u *unpacker) signed() int64 {
	n := u.number()
	return int64(n>>1) ^ -int64(n&1)
}

func (u *unpacker) amount() money.Centavos { return money.Centavos(u.signed()) }
func (u *unpacker) time() time.Time        { return time.UnixMicro(u.signed()).UTC() }

func (u *unpacker) text() string {
	n := u.number()
	s := string((*u)[:n])
	*u = (*u)[n:]
	return s
}

func (l *Line) pack(b []byte) []byte {
	p := packer(b)
	p.flags(l.Day, l.IsFee, l.repeated)
	p.number(uint64(l.Status))
	p.number(uint64(l.Number))
	p.number(uint64(l.Row))
	p.time(l.At)
	p.amount(l.Amount)
	for _, text := range [...]string{l.ID, l.Original, l.TxID, l.Reference, l.Description} {
		p.text(text)
	}
	return p
}

func (l *Line) unpack(b []byte) {
	u := unpacker(b)
	flags := u.byte()
	l.Day, l.IsFee, l.repeated = flags&1 != 0, flags&2 != 0, flags&4 != 0
	l.Status = Status(u.number())
	l.Number, l.Row = int(u.number()), int(u.number())
	l.At, l.Amount = u.time(), u.amount()
	for _, text := range [...]*string{&l.ID, &l.Original, &l.TxID, &l.Reference, &l.Description} {
		*text = u.text()
	}
}

func (e *Entry) pack(b []byte) []byte {
	p := packer(b)
	p.flags(e.Reversal, e.near)
	p.number(e.Number)
	p.time(e.At)
	p.amount(e.Amount)
	p.amount(e.Fee)
	for _, text := range [...]string{
		string(e.Kind), e.ID, e.Original, e.TxID, e.TransactionID, e.ParentID, e.ExternalID,
	} {
		p.text(text)
	}
	return p
}

func (e *Entry) unpack(b []byte) {
	u := unpacker(b)
	flags := u.byte()
	e.Reversal, e.near = flags&1 != 0, flags&2 != 0
	e.Number, e.At, e.Amount, e.Fee = u.number(), u.time(), u.amount(), u.amount()
	e.Kind = statement.Kind(u.text())
	for _, text := range [...]*string{&e.ID, &e.Original, &e.TxID, &e.TransactionID, &e.ParentID, &e.ExternalID} {
		*text = u.text()
	}
}

// record is what is sorted and matched: a line or an entry.
type record interface {
	pack(b []byte) []byte
	unpack(b []byte)
}
