package cli

import (
	"io"
	"os"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/term"
	"k8s.io/cli-runtime/pkg/printers"
)

// screen is what is known of where output goes.
type screen struct {
	// terminal is false for pipes and files: they get no control codes, and nothing is cut or written over.
	terminal bool
	// colour is false also where NO_COLOR is set or the terminal has none.
	colour bool
	// width in columns; 0 where output is not cut.
	width int
}

func newScreen(out io.Writer) screen {
	file, ok := out.(*os.File)
	if !ok || !printers.IsTerminal(file) {
		return screen{}
	}
	s := screen{terminal: true, colour: printers.AllowsColorOutput(file)}
	if width, _, err := term.GetSize(int(file.Fd())); err == nil {
		s.width = width
	}
	return s
}

// style is how a text stands out on a screen with colours: the number of an SGR code.
type style int

// The styles.
const (
	plain  style = 0
	bold   style = 1
	red    style = 31
	green  style = 32
	yellow style = 33
)

// paint gives text, which is printable already, a style.
func (s screen) paint(st style, text string) string {
	if !s.colour || st == plain || text == "" {
		return text
	}
	return "\x1b[" + strconv.Itoa(int(st)) + "m" + text + "\x1b[0m"
}

// printable makes visible what would act upon a terminal. Texts of messages and objects are anybody's: each goes through here before it is shown.
// Line ends and tabs stay.
func printable(text string) string {
	text = strings.ToValidUTF8(text, "\ufffd")
	if strings.IndexFunc(text, acts) < 0 {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		if acts(r) {
			b.WriteString(strings.Trim(strconv.QuoteRuneToASCII(r), "'"))
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

func acts(r rune) bool { return r != '\n' && r != '\t' && !unicode.IsPrint(r) }

// oneLine is printable text without line ends and tabs.
func oneLine(text string) string { return strings.Join(strings.Fields(printable(text)), " ") }

// cut shortens text to so many characters; 0 leaves it.
func cut(text string, width int) string {
	runes := []rune(text)
	if width <= 0 || len(runes) <= width {
		return text
	}
	return string(runes[:width-1]) + "…"
}
