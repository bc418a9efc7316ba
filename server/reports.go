package server

import (
	"time"

	"github.com/saldo-pix/saldo/outbox"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/report"
	"github.com/saldo-pix/saldo/statement"
)

// Reports says what becomes of the reports of each day.
type Reports struct {
	// Daily has them made and kept every day, At after the next day's beginning in
	// São Paulo. Without it they are made when somebody asks.
	Daily bool
	At    time.Duration
	// Dir is a folder that they are written to as well; empty writes none.
	Dir string
}

// plugReports makes what gives out reports, and where they are made every day the
// worker that does it: one day at a time.
func (s *Server) plugReports() {
	s.Daily = &report.Desk{
		Maker: report.Maker{Reader: s.Store, Bank: s.bank, Now: s.Now}, Book: s.Book, At: s.Reports.At,
		Dir: s.Reports.Dir, Log: s.Log,
	}
	if s.Reports.Daily {
		s.work(pix.TopicReport, s.Daily.Handle, outbox.Options{Parallel: 1, Lease: report.Lease})
	}
}

// bank tells who keeps the accounts of a brand.
func (s *Server) bank(brand string) statement.Bank {
	bank := statement.Bank{ISPB: s.ISPB}
	if b, err := s.Brands.Get(brand); err == nil {
		bank.Name = b.Name
	}
	return bank
}
