// Package localfile reads and writes files of this machine where others may write as well, so that they can neither lead a reader
// astray nor see half of what is written.
//
//   - [Open], [FS]: files of a source tree; nothing is opened but regular files and folders.
//   - [Folder]: files that builds keep for each other; no name leads out of the folder, and no file is longer than allowed.
//   - [Write], [Copy]: files that are there whole, or not at all.
//   - [FindProgram]: programs, never those of the folder that a command is typed in.
package localfile
