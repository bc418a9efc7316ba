package bench

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
)

// WriteJSON writes the report for scripts.
func (r *Report) WriteJSON(w io.Writer) error {
	out := json.NewEncoder(w)
	out.SetIndent("", "  ")
	return out.Encode(r)
}

// WriteText writes the report for people.
func (r *Report) WriteText(w io.Writer) error {
	fmt.Fprintf(w, "%s\n%s\n\n", r.machineLine(), r.methodLine())
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, row := range r.rows() {
		fmt.Fprintln(t, strings.Join(row, "\t"))
	}
	return t.Flush()
}

// WriteMarkdown writes the report as it stands in docs/performance.md.
func (r *Report) WriteMarkdown(w io.Writer) error {
	_, err := fmt.Fprintf(w, "%s %s\n", r.machineLine(), r.methodLine())
	blank := true
	for _, row := range r.rows() {
		if err != nil {
			return err
		}
		if len(row) == 0 {
			blank = true
			continue
		}
		if blank {
			line := "|---|" + strings.Repeat("---:|", len(row)-1)
			_, err = fmt.Fprintf(w, "\n| %s |\n%s\n", strings.Join(row, " | "), line)
			blank = false
			continue
		}
		_, err = fmt.Fprintf(w, "| %s |\n", strings.Join(row, " | "))
	}
	return err
}

func (r *Report) machineLine() string {
	m := r.Machine
	return fmt.Sprintf("%s: %s, %d cores, %s, %s, fdatasync %s (median), load %s.",
		r.At.Format("2006-01-02 15:04Z"), m.CPU, m.Cores, m.System, m.Go, m.Fdatasync.Round(time.Microsecond), m.Load)
}

func (r *Report) methodLine() string {
	kind, _, _ := strings.Cut(r.Store, ":")
	line := fmt.Sprintf("Store %s, %d connections, %s a measurement after %s of warm-up.",
		kind, r.Connections, r.Duration, r.Warmup)
	if about := r.Machine.Database; about != "" {
		line += " " + about + "."
	}
	return line
}

// rows are the tables of the report, parted by an empty row.
func (r *Report) rows() [][]string {
	var rows [][]string
	database := slices.ContainsFunc(r.Results, func(x Result) bool { return x.DatabaseCPU > 0 })
	if len(r.Results) > 0 {
		row := []string{"workload", "candidate", "per second", "p50", "p99", "p99.9", "max", "CPU each"}
		if database {
			row = append(row, "database's")
		}
		rows = append(rows, row)
	}
	for _, x := range r.Results {
		row := []string{
			x.Workload, x.Candidate, thousands(int64(x.PerSecond + 0.5)), latency(x.P50), latency(x.P99),
			latency(x.P999), latency(x.Max), microseconds(x.CPU),
		}
		if database {
			row = append(row, microseconds(x.DatabaseCPU))
		}
		rows = append(rows, row)
	}
	if len(r.Figures) == 0 {
		return rows
	}
	rows = append(rows, nil, []string{"figure", "measured", "target", "met"})
	for _, f := range r.Figures {
		rows = append(rows, f.row())
	}
	return rows
}

func (f *Figure) row() []string {
	if f.Target == nil {
		return []string{f.Name, f.number(f.Value), "", ""}
	}
	sign, met := "≥ ", "no"
	if f.Target.AtMost {
		sign = "≤ "
	}
	if *f.Met {
		met = "yes"
	}
	return []string{f.Name, f.number(f.Value), sign + f.number(f.Target.Value), met}
}

func (f *Figure) number(v float64) string {
	switch f.Unit {
	case "":
		return strconv.FormatFloat(v, 'f', 2, 64)
	case "MB", "KiB", "streams":
		return strconv.FormatFloat(v, 'f', 0, 64) + " " + f.Unit
	}
	return strconv.FormatFloat(v, 'f', 2, 64) + " " + f.Unit
}

func microseconds(v float64) string { return strconv.FormatFloat(v, 'f', 1, 64) + " µs" }

// latency shows microseconds as milliseconds.
func latency(microseconds int64) string {
	return strconv.FormatFloat(float64(microseconds)/1e3, 'f', 2, 64) + " ms"
}

// thousands groups the digits of a number.
func thousands(n int64) string {
	digits := strconv.FormatInt(n, 10)
	for at := len(digits) - 3; at > 0; at -= 3 {
		digits = digits[:at] + " " + digits[at:]
	}
	return digits
}
