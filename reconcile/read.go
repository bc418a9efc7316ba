package reconcile

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"path"
	"strings"
)

// Format is what an outside statement is written in.
type Format string

// The formats.
const (
	CSV     Format = "csv"
	OFX     Format = "ofx"     // 1.x, which is SGML, or 2.x, which is XML
	CAMT053 Format = "camt053" // ISO 20022 camt.053, any version
	PixAPI  Format = "pix"     // answers of GET /pix of the central bank's API Pix, one or many
)

// Formats lists the names of all formats.
func Formats() []string { return []string{string(CSV), string(OFX), string(CAMT053), string(PixAPI)} }

// FormatOf is the format that files of such a name have, or empty if that does not
// tell.
func FormatOf(file string) Format {
	switch strings.ToLower(path.Ext(file)) {
	case ".csv", ".txt":
		return CSV
	case ".ofx":
		return OFX
	case ".xml":
		return CAMT053
	case ".json":
		return PixAPI
	}
	return ""
}

// source is a file that is being read. next returns io.EOF after the last line.
type source interface{ next() (Line, error) }

// Read yields the lines of a file, once, as it reads: it holds one of them at a time.
// What is wrong with the file is a *Problem and ends the lines.
func Read(ctx context.Context, r io.Reader, format Format, reading *Reading) iter.Seq2[Line, error] {
	return func(yield func(Line, error) bool) {
		m := &meter{r: r, ctx: ctx}
		src, err := open(m, format, reading)
		for err == nil {
			var l Line
			if l, err = src.next(); err == nil && !yield(l, nil) {
				return
			}
		}
		if errors.Is(err, errRecordTooLong) {
			err = problem(m.rows+1, "", errRecordTooLong.Error())
		}
		if !errors.Is(err, io.EOF) {
			yield(Line{}, err)
		}
	}
}

func open(m *meter, format Format, reading *Reading) (source, error) {
	if reading == nil {
		reading = new(Reading)
	}
	if err := reading.Check(); err != nil {
		return nil, err
	}
	switch format {
	case CSV:
		return newCSV(m, reading)
	case OFX:
		return newOFX(m, reading), nil
	case CAMT053:
		return newCAMT(m, reading), nil
	case PixAPI:
		return newPixPages(m, reading), nil
	}
	return nil, problem(0, "format", fmt.Sprintf("must be one of %v", Formats()))
}
