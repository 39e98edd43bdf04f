package cli

import (
	"cmp"
	"path/filepath"
	"slices"
	"strings"
)

// profilesOf names the profiles of the user's AWS configuration that say of themselves that they are of an account: by single sign-on, or by the role
// that they assume (https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-files.html). What cannot be read has none.
func profilesOf(accountID string, getenv func(string) string, read func(string) ([]byte, error)) []string {
	path := getenv("AWS_CONFIG_FILE")
	if home := getenv("HOME"); path == "" && home != "" {
		path = filepath.Join(home, ".aws", "config")
	}
	text, err := read(path)
	if err != nil {
		return nil
	}
	var profile string
	var out []string
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if section, ok := strings.CutPrefix(line, "["); ok {
			profile = ""
			section, _, _ = strings.Cut(section, "]")
			if name, ok := strings.CutPrefix(section, "profile "); ok || section == "default" {
				profile = strings.TrimSpace(cmp.Or(name, section))
			}
			continue
		}
		key, value, _ := strings.Cut(line, "=")
		key, value = strings.TrimSpace(key), strings.TrimSpace(value)
		if profile != "" && (key == "sso_account_id" && value == accountID || key == "role_arn" && strings.Contains(value, ":iam::"+accountID+":")) {
			out = append(out, profile)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
