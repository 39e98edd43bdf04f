package main

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// dirOf makes a directory of files with these texts.
func dirOf(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

const (
	agreeing     = `{"name":"ok","service":"sqs","op":"ListQueues","params":{},"expect":{"ok":true}}`
	disagreeing  = `{"name":"not","service":"sqs","op":"ListQueues","params":{},"expect":{"error":{"code":"Nothing"}}}`
	policyTaken  = `{"name":"taken","api":"Subscribe","scope":"MessageAttributes","policy":"{\"a\":[\"b\"]}","valid":true,"awsError":null}`
	policyWrong  = `{"name":"wrong","api":"SetSubscriptionAttributes","scope":"","policy":"{\"a\":[]}","valid":false,"awsError":null}`
	unknownKind  = `{"name":"odd","colour":"red"}`
	policyNoAPI  = `{"name":"no api","api":"Publish","scope":"","policy":"","valid":true}`
	patternOfSNS = `{"name":"refused by both","pattern":"{\"a\":\"b\"}","event":"{}","valid":false,"matches":null}`
	patternOther = `{"name":"EventBridge only","pattern":"{\"a\":[{\"wildcard\":\"*b\"}]}","event":"{\"a\":\"b\"}","valid":true,"matches":true}`
)

// TestJSONReport holds the form of -o json, for files of every kind under any name.
func TestJSONReport(t *testing.T) {
	dir := dirOf(t, map[string]string{
		"first.json":  "[" + agreeing + "," + disagreeing + "," + unknownKind + "]",
		"second.json": "[" + policyTaken + "," + policyWrong + "," + policyNoAPI + "]",
		"third.json":  "[" + patternOfSNS + "," + patternOther + "]",
		"none.json":   "[]",
		"README.md":   "not a case file",
	})
	var out bytes.Buffer
	if err := run(t.Context(), []string{"--dir", dir, "-o", "json"}, &out, io.Discard); err != nil {
		t.Fatal(err)
	}
	var got, want any
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	want = read(t, `{"files":{
		"first.json": {"agreed":1,"total":3,"disagreements":[
			{"name":"not","reason":"got {}, AWS answered the error Nothing"},
			{"name":"odd","reason":"cannot be read: telling the kind of a case: no kind has the keys colour, name"}]},
		"second.json": {"agreed":2,"total":3,"disagreements":[
			{"name":"no api","reason":"cannot be read: there is no api \"Publish\""}]},
		"third.json": {"agreed":1,"total":1,"disagreements":[]},
		"none.json": {"agreed":0,"total":0,"disagreements":[]}}}`)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("report (-want +got):\n%s", diff)
	}
}

func TestTextReport(t *testing.T) {
	dir := dirOf(t, map[string]string{"first.json": "[" + agreeing + "," + agreeing + "," + disagreeing + "]"})
	var out bytes.Buffer
	if err := run(t.Context(), []string{"--dir", dir}, &out, io.Discard); err != nil {
		t.Fatal(err)
	}
	want := `FILE         AGREED   TOTAL   PERCENT
first.json   2        3       66.7

first.json: not
    got {}, AWS answered the error Nothing
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("report (-want +got):\n%s", diff)
	}
}

// TestBrokenFilesAreNamed: the others are replayed all the same.
func TestBrokenFilesAreNamed(t *testing.T) {
	dir := dirOf(t, map[string]string{
		"broken.json": `[{"name":`, "object.json": `{}`, "odd.json": "[" + unknownKind + "]", "fine.json": "[" + agreeing + "]",
	})
	var out bytes.Buffer
	err := run(t.Context(), []string{"--dir", dir, "-o", "json"}, &out, io.Discard)
	if err == nil {
		t.Fatal("got no error")
	}
	for _, name := range []string{"broken.json", "object.json", "odd.json"} {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("error %v does not name %s", err, name)
		}
	}
	var got report
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	want := report{Files: map[string]fileReport{"fine.json": {Agreed: 1, Total: 1, Disagreements: []disagreement{}}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("report (-want +got):\n%s", diff)
	}
}

func TestArgumentsThatAreRefused(t *testing.T) {
	for _, arguments := range [][]string{
		{"--dir", filepath.Join(t.TempDir(), "none")}, {"--dir", t.TempDir()}, {"-o", "yaml"}, {"testdata"}, {"--colour"},
	} {
		if err := run(t.Context(), arguments, io.Discard, io.Discard); err == nil {
			t.Errorf("run(%q) succeeded, want an error", arguments)
		}
	}
}
