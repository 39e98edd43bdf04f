package redrive_test

import (
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // the tests are the same where the machine has no zones

	"github.com/google/go-cmp/cmp"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/redrive"
)

func TestParseSchedule(t *testing.T) {
	for _, c := range []struct {
		schedule, zone string
		// field that the error names; empty for none.
		field string
	}{
		{"0 23 * * 0-4", "Asia/Jerusalem", ""},
		{"*/5 * * * *", "", ""},
		{"0 9 29 2 *", "", ""},
		{"0 23 * * sun-thu", "UTC", ""},
		{"0 25 * * *", "", "deadLetter.redrive.schedule"},
		{"0 23 * * 7", "", "deadLetter.redrive.schedule"},
		{"0 23 31 2 *", "", "deadLetter.redrive.schedule"},
		{"@daily", "", "deadLetter.redrive.schedule"},
		{"0 23 * * *", "Asia/Atlantis", "deadLetter.redrive.timeZone"},
		{"0 23 * * *", "Local", "deadLetter.redrive.timeZone"},
		{"0 23 * * *", "../UTC", "deadLetter.redrive.timeZone"},
	} {
		_, err := redrive.Parse(v1alpha1.RedriveSchedule{Schedule: c.schedule, TimeZone: c.zone})
		if (err == nil) != (c.field == "") || err != nil && !strings.HasPrefix(err.Error(), c.field+": ") {
			t.Errorf("%q in %q: %v", c.schedule, c.zone, err)
		}
	}
}

// times are all moments of a schedule from one local time to before another, as the clocks show them.
func times(t *testing.T, schedule, zone, from, to string) []string {
	t.Helper()
	parsed, err := redrive.Parse(v1alpha1.RedriveSchedule{Schedule: schedule, TimeZone: zone})
	if err != nil {
		t.Fatal(err)
	}
	location, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	at, end := local(t, from, location).Add(-time.Second), local(t, to, location)
	for {
		if at = parsed.Next(at); at.IsZero() || !at.Before(end) {
			return out
		}
		out = append(out, at.In(location).Format("Mon 02 15:04 MST"))
	}
}

func local(t *testing.T, text string, location *time.Location) time.Time {
	t.Helper()
	at, err := time.ParseInLocation("2006-01-02 15:04", text, location)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// In Asia/Jerusalem the clocks go from 02:00 to 03:00 on 27 March 2026, and from 02:00 to 01:00 on 25 October.
func TestTimesWhenTheClocksChange(t *testing.T) {
	for _, c := range []struct {
		name, schedule, zone, from, to string
		want                           []string
	}{
		{
			"a time that is skipped comes when the clocks go forward", "30 2 * * *", "Asia/Jerusalem", "2026-03-26 00:00", "2026-03-29 00:00",
			[]string{"Thu 26 02:30 IST", "Fri 27 03:00 IDT", "Sat 28 02:30 IDT"},
		},
		{
			"all times of the hour that is skipped come once", "*/15 2 * * *", "Asia/Jerusalem", "2026-03-27 00:00", "2026-03-28 00:00",
			[]string{"Fri 27 03:00 IDT"},
		},
		{
			"the first time that is skipped", "0 2 * * 5", "Asia/Jerusalem", "2026-03-27 00:00", "2026-04-04 00:00",
			[]string{"Fri 27 03:00 IDT", "Fri 03 02:00 IDT"},
		},
		{
			"a time that comes twice counts once", "30 1 * * *", "Asia/Jerusalem", "2026-10-24 00:00", "2026-10-27 00:00",
			[]string{"Sat 24 01:30 IDT", "Sun 25 01:30 IDT", "Mon 26 01:30 IST"},
		},
		{
			"the first of the hour that comes twice", "0 1,2 * * *", "Asia/Jerusalem", "2026-10-25 00:00", "2026-10-26 00:00",
			[]string{"Sun 25 01:00 IDT", "Sun 25 02:00 IST"},
		},
		{
			"every hour goes on in spring", "30 * * * *", "Asia/Jerusalem", "2026-03-27 01:00", "2026-03-27 05:00",
			[]string{"Fri 27 01:30 IST", "Fri 27 03:30 IDT", "Fri 27 04:30 IDT"},
		},
		{
			"every hour goes on in autumn", "30 * * * *", "Asia/Jerusalem", "2026-10-25 00:00", "2026-10-25 03:00",
			[]string{"Sun 25 00:30 IDT", "Sun 25 01:30 IDT", "Sun 25 01:30 IST", "Sun 25 02:30 IST"},
		},
		{
			"every hour on the hour, at the change itself", "0 * * * *", "Asia/Jerusalem", "2026-10-25 00:30", "2026-10-25 03:00",
			[]string{"Sun 25 01:00 IDT", "Sun 25 01:00 IST", "Sun 25 02:00 IST"},
		},
		{
			"every hour of one weekday", "0 */1 * * 5", "Asia/Jerusalem", "2026-03-27 22:00", "2026-04-03 02:00",
			[]string{"Fri 27 22:00 IDT", "Fri 27 23:00 IDT", "Fri 03 00:00 IDT", "Fri 03 01:00 IDT"},
		},
		{
			"a day without midnight", "0 0 * * 5", "Africa/Cairo", "2026-04-23 00:00", "2026-05-02 00:00",
			[]string{"Fri 24 01:00 EEST", "Fri 01 00:00 EEST"},
		},
		{
			"half an hour is skipped", "15 2 * * *", "Australia/Lord_Howe", "2026-10-03 00:00", "2026-10-06 00:00",
			[]string{"Sat 03 02:15 +1030", "Sun 04 02:30 +11", "Mon 05 02:15 +11"},
		},
		{
			"half an hour comes twice", "45 1 * * *", "Australia/Lord_Howe", "2026-04-04 00:00", "2026-04-07 00:00",
			[]string{"Sat 04 01:45 +11", "Sun 05 01:45 +11", "Mon 06 01:45 +1030"},
		},
		{
			"a whole day is skipped", "0 12 30 12 *", "Pacific/Apia", "2011-12-29 00:00", "2012-01-02 00:00",
			[]string{"Sat 31 00:00 +14"},
		},
		{"UTC has no changes", "30 2 * * *", "UTC", "2026-03-27 00:00", "2026-03-28 00:00", []string{"Fri 27 02:30 UTC"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, times(t, c.schedule, c.zone, c.from, c.to)); diff != "" {
				t.Errorf("times (-want +got):\n%s", diff)
			}
		})
	}
}

// Whatever the moment from which it is asked, the answer is the next time: none is passed over and none is earlier.
func TestNextIsTheSameFromEveryMoment(t *testing.T) {
	for _, schedule := range []string{"30 1,2,3 * * *", "*/20 * * * *", "0 */2 * * *"} {
		parsed, err := redrive.Parse(v1alpha1.RedriveSchedule{Schedule: schedule, TimeZone: "Asia/Jerusalem"})
		if err != nil {
			t.Fatal(err)
		}
		for _, from := range []time.Time{time.Date(2026, 3, 26, 12, 0, 0, 0, time.UTC), time.Date(2026, 10, 24, 12, 0, 0, 0, time.UTC)} {
			next := parsed.Next(from)
			for at := from; at.Before(from.Add(24 * time.Hour)); at = at.Add(time.Minute) {
				if !at.Before(next) {
					next = parsed.Next(next)
				}
				if got := parsed.Next(at); !got.Equal(next) {
					t.Fatalf("%s: after %s comes %s, want %s", schedule, at, got, next)
				}
			}
		}
	}
}
