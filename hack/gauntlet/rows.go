package main

import (
	_ "embed"
	"fmt"
	"regexp"

	"sigs.k8s.io/yaml"
)

//go:embed rows.yaml
var rowsYAML []byte

// catalogue is rows.yaml.
type catalogue struct {
	// Trackers has a GitHub repository by the short name that sources use.
	Trackers  map[string]string `json:"trackers"`
	Sections  []section         `json:"sections"`
	Scenarios []scenario        `json:"scenarios"`
}

type section struct {
	Title string `json:"title"`
	Rows  []row  `json:"rows"`
}

// row is one defect, with what Skein does instead.
type row struct {
	ID      string `json:"id"`
	Seen    string `json:"seen"`
	Sources string `json:"sources"`
	Skein   string `json:"skein"`
	// Waits is why the row waits, or "".
	Waits string `json:"waits"`
}

// scenario is a system that Skein must run.
type scenario struct {
	ID    string `json:"id"`
	Title string `json:"title"`
}

var rowID = regexp.MustCompile(`^P\d{2}$`)

// readCatalogue reads rows.yaml. Every row has an id of its own, in rising order, and its texts.
func readCatalogue(content []byte) (catalogue, error) {
	var c catalogue
	if err := yaml.UnmarshalStrict(content, &c); err != nil {
		return c, fmt.Errorf("reading rows.yaml: %w", err)
	}
	last := ""
	for _, r := range c.rows() {
		switch {
		case !rowID.MatchString(r.ID):
			return c, fmt.Errorf("reading rows.yaml: %q is no id of a row", r.ID)
		case r.ID <= last:
			return c, fmt.Errorf("reading rows.yaml: %s comes after %s", r.ID, last)
		case r.Seen == "" || r.Skein == "":
			return c, fmt.Errorf("reading rows.yaml: %s does not say what was seen, and what Skein does", r.ID)
		}
		last = r.ID
	}
	return c, nil
}

// rows are those of all sections.
func (c catalogue) rows() []row {
	var all []row
	for _, s := range c.Sections {
		all = append(all, s.Rows...)
	}
	return all
}

// ids are those of all rows and scenarios: a test may carry no other.
func (c catalogue) ids() map[string]bool {
	ids := map[string]bool{}
	for _, r := range c.rows() {
		ids[r.ID] = true
	}
	for _, s := range c.Scenarios {
		ids[s.ID] = true
	}
	return ids
}
