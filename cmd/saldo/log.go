package main

import (
	"fmt"
	"io"
	"log/slog"
)

// newLogger returns a logger that writes lines of a format, text or json, from a
// level on.
func newLogger(w io.Writer, level, format string) (*slog.Logger, error) {
	var options slog.HandlerOptions
	var from slog.Level
	if err := from.UnmarshalText([]byte(level)); err != nil {
		return nil, fmt.Errorf("log_level %q: write debug, info, warn or error", level)
	}
	options.Level = from
	switch format {
	case "text":
		return slog.New(slog.NewTextHandler(w, &options)), nil
	case "json":
		return slog.New(slog.NewJSONHandler(w, &options)), nil
	}
	return nil, fmt.Errorf("log_format %q: write text or json", format)
}
