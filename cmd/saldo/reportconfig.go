package main

import (
	"time"

	"github.com/saldo-pix/saldo/server"
)

// readReports checks what is said of the daily reports.
func (c *config) readReports(p *problems) server.Reports {
	out := server.Reports{Daily: c.ReportAt != "", Dir: c.ReportDir}
	if !out.Daily {
		if out.Dir != "" {
			p.add("report_dir says nothing without report_at")
		}
		return out
	}
	at, err := time.Parse("15:04", c.ReportAt)
	if err != nil {
		p.add("report_at %q: write the time of day in São Paulo, such as 00:15", c.ReportAt)
	}
	out.At = time.Duration(at.Hour())*time.Hour + time.Duration(at.Minute())*time.Minute
	return out
}
