// Command kubectl-skein is the kubectl plugin of Skein: kubectl skein. Under the name kubectl_complete-skein it is what kubectl asks to complete
// its command lines (https://kubernetes.io/docs/tasks/extend-kubectl/kubectl-plugins/#completion).
package main

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	_ "k8s.io/client-go/plugin/pkg/client/auth"

	"github.com/skein-dev/skein/internal/cli"
)

func main() {
	args := os.Args[1:]
	if strings.HasPrefix(filepath.Base(os.Args[0]), "kubectl_complete-skein") {
		args = append([]string{cobra.ShellCompRequestCmd}, args...)
	}
	streams := genericiooptions.IOStreams{In: os.Stdin, Out: os.Stdout, ErrOut: os.Stderr}
	os.Exit(cli.Run(streams, args))
}
