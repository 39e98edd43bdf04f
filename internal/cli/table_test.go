package cli

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTable(t *testing.T) {
	fill := func() *table {
		table := newTable("NAME", "READY", "REASON")
		table.add("a", cell{text: "True", style: green}, "")
		table.add("longer", cell{text: "False", style: red}, "because\nof \x1b[2Jthat")
		return table
	}
	for name, c := range map[string]struct {
		screen screen
		want   string
	}{
		"a pipe": {screen{}, `
  NAME     READY   REASON
  a        True
  longer   False   because of \x1b[2Jthat
`},
		"a narrow terminal": {screen{terminal: true, width: 24}, `
  NAME     READY   REAS…
  a        True
  longer   False   beca…
`},
		"narrower than its columns": {screen{terminal: true, width: 9}, `
  NAME
  a
  longer
`},
		"colours": {screen{terminal: true, colour: true, width: 60}, `
  ESC[1mNAMEESC[0m     ESC[1mREADYESC[0m   ESC[1mREASONESC[0m
  a        ESC[32mTrueESC[0m
  longer   ESC[31mFalseESC[0m   because of \x1b[2Jthat
`},
	} {
		t.Run(name, func(t *testing.T) {
			var b strings.Builder
			if err := fill().write(&b, c.screen, "  "); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(strings.TrimPrefix(c.want, "\n"), strings.ReplaceAll(b.String(), "\x1b", "ESC")); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestTableWithoutRows(t *testing.T) {
	var b strings.Builder
	if err := newTable("NAME").write(&b, screen{}, ""); err != nil || b.String() != "" {
		t.Errorf("%q, %v", b.String(), err)
	}
}
