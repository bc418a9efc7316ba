package pebble

import (
	"github.com/saldo-pix/saldo/auth"
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/pixid"
)

// What a record's key says is not repeated in the record.

func appendAccount(b []byte, a *ledger.Account) []byte {
	b = append(b, recordVersion)
	b = appendInt(b, int64(a.Posted))
	b = appendInt(b, int64(a.Held))
	b = appendUint(b, a.Entries)
	b = appendTime(b, a.LastAt, epoch)
	b = appendUint(b, uint64(a.Sweeps))
	return append(b, a.Head[:]...)
}

func readAccount(d *decoder) ledger.Account {
	a := ledger.Account{ID: ledger.AccountID(number(d.key, firstNumber))}
	a.Posted = money.Centavos(d.int())
	a.Held = money.Centavos(d.int())
	a.Entries = d.uint()
	a.LastAt = d.time(epoch)
	a.Sweeps = uint32(d.uint())
	copy(a.Head[:], d.bytes(len(a.Head)))
	return a
}

func appendProfile(b []byte, p *pix.Profile) []byte {
	start := len(b)
	b = append(b, recordVersion, bit(p.Sandbox))
	b = appendText(b, p.Name)
	b = appendText(b, string(p.Document))
	b = appendText(b, p.Brand)
	b = appendText(b, p.City)
	b = appendUint(b, uint64(len(p.PixKeys)))
	for _, key := range p.PixKeys {
		b = appendText(b, key)
	}
	for _, r := range []*pix.FeeRule{&p.Fees.Receipt, &p.Fees.Payment, &p.Fees.Return} {
		b = appendInt(b, int64(r.Fixed))
		b = appendInt(b, r.Rate)
		b = appendInt(b, int64(r.Min))
		b = appendInt(b, int64(r.Max))
	}
	b = appendTime(b, p.CreatedAt, epoch)
	return appendMore(b, start, p.More())
}

func readProfile(d *decoder) pix.Profile {
	p := pix.Profile{ID: ledger.AccountID(number(d.key, firstNumber)), Sandbox: d.bit()}
	p.Name = d.string()
	p.Document = pixid.Document(d.string())
	p.Brand = d.string()
	p.City = d.string()
	for range d.count(1) {
		p.PixKeys = append(p.PixKeys, d.string())
	}
	for _, r := range []*pix.FeeRule{&p.Fees.Receipt, &p.Fees.Payment, &p.Fees.Return} {
		r.Fixed = money.Centavos(d.int())
		r.Rate = d.int()
		r.Min = money.Centavos(d.int())
		r.Max = money.Centavos(d.int())
	}
	p.CreatedAt = d.time(epoch)
	if err := p.ReadMore(d.more()); err != nil {
		d.fail()
	}
	return p
}

func appendHold(b []byte, h *ledger.Hold) []byte {
	b = append(b, recordVersion, bit(h.Sweep), byte(h.Reason))
	b = appendInt(b, int64(h.Requested))
	b = appendInt(b, int64(h.Held))
	b = appendInt(b, int64(h.Captured))
	b = appendInt(b, int64(h.Released))
	b = appendInt(b, int64(h.Cancelled))
	b = appendInt(b, int64(h.About-uint64(h.ID))) // mostly 0
	b = appendText(b, h.Case)
	b = appendTime(b, h.OpenedAt, epoch)
	b = appendTime(b, h.Deadline, epoch)
	return appendTime(b, h.ClosedAt, epoch)
}

func readHold(d *decoder) ledger.Hold {
	h := ledger.Hold{
		Account: ledger.AccountID(number(d.key, firstNumber)),
		ID:      ledger.HoldID(number(d.key, secondNumber)),
	}
	h.Sweep = d.bit()
	if h.Reason = ledger.Reason(d.byte()); !h.Reason.Valid() {
		d.fail()
	}
	h.Requested = money.Centavos(d.int())
	h.Held = money.Centavos(d.int())
	h.Captured = money.Centavos(d.int())
	h.Released = money.Centavos(d.int())
	h.Cancelled = money.Centavos(d.int())
	h.About = uint64(d.int()) + uint64(h.ID)
	h.Case = d.string()
	h.OpenedAt = d.time(epoch)
	h.Deadline = d.time(epoch)
	h.ClosedAt = d.time(epoch)
	return h
}

func appendTarget(b []byte, t pix.Target) []byte {
	b = append(b, recordVersion)
	b = appendUint(b, uint64(t.Account))
	return appendUint(b, t.ID)
}

func readTarget(d *decoder) pix.Target {
	return pix.Target{Account: ledger.AccountID(d.uint()), ID: d.uint()}
}

func appendJob(b []byte, j *pix.Job) []byte {
	start := len(b)
	b = append(b, recordVersion)
	b = appendUint(b, uint64(j.Account))
	b = appendInt(b, int64(j.Subject-j.ID)) // mostly 0
	b = appendTime(b, j.Due, epoch)
	b = appendInt(b, int64(j.Attempts))
	return appendMore(b, start, j.Note)
}

func readJob(d *decoder) pix.Job {
	key, ok := jobKey(d.key)
	if !ok {
		d.fail()
	}
	j := pix.Job{JobKey: key, Account: ledger.AccountID(d.uint())}
	j.Subject = uint64(d.int()) + j.ID
	j.Due = d.time(epoch)
	j.Attempts = int(d.int())
	j.Note = d.more()
	return j
}

func appendRecord(b []byte, r *pix.Record) []byte {
	b = append(b, recordVersion)
	b = appendUint(b, r.Owner)
	b = appendUint(b, r.Number)
	return appendText(b, string(r.Body))
}

func readRecord(d *decoder) pix.Record {
	r := pix.Record{Owner: d.uint(), Number: d.uint()}
	if body := d.string(); body != "" {
		r.Body = []byte(body)
	}
	if len(d.key) < 2 {
		d.fail()
		return r
	}
	r.RecordKey = pix.RecordKey{Kind: pix.RecordKind(d.key[1]), Name: string(d.key[2:])}
	return r
}

func appendCredential(b []byte, c *auth.Credential) []byte {
	start := len(b)
	b = append(b, recordVersion)
	b = appendUint(b, uint64(c.Account))
	b = append(b, c.Salt[:]...)
	b = append(b, c.SecretHash[:]...)
	b = append(b, c.Certificate[:]...)
	b = appendTime(b, c.CreatedAt, epoch)
	return appendMore(b, start, c.Scope)
}

func readCredential(d *decoder) auth.Credential {
	var c auth.Credential
	if len(d.key) > 0 {
		c.ClientID = string(d.key[1:])
	}
	c.Account = ledger.AccountID(d.uint())
	copy(c.Salt[:], d.bytes(len(c.Salt)))
	copy(c.SecretHash[:], d.bytes(len(c.SecretHash)))
	copy(c.Certificate[:], d.bytes(len(c.Certificate)))
	c.CreatedAt = d.time(epoch)
	c.Scope = d.more()
	return c
}

func bit(set bool) byte {
	if set {
		return 1
	}
	return 0
}

func (d *decoder) bit() bool {
	b := d.byte()
	if b > 1 {
		d.fail()
	}
	return b == 1
}
