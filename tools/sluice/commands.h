/* The commands of `sluice`. Each takes its own part of the command line, argv[0] being the words
 * that called it ("sluice check"), and returns the exit code:
 * 0 done, 1 done and the answer is no, 2 used wrongly, 3 could not be done. */
#ifndef SL_SLUICE_COMMANDS_H
#define SL_SLUICE_COMMANDS_H

enum sl_exit { SL_EXIT_DONE = 0, SL_EXIT_NO = 1, SL_EXIT_USAGE = 2, SL_EXIT_FAILED = 3 };

int sl_cmd_check(int argc, char **argv);
int sl_cmd_decode(int argc, char **argv);
int sl_cmd_dump(int argc, char **argv);
int sl_cmd_eval(int argc, char **argv);
int sl_cmd_explain(int argc, char **argv);
int sl_cmd_diff(int argc, char **argv);
int sl_cmd_fmt(int argc, char **argv);
int sl_cmd_list(int argc, char **argv);
int sl_cmd_load(int argc, char **argv);
int sl_cmd_replay(int argc, char **argv);
int sl_cmd_rollback(int argc, char **argv);
int sl_cmd_show(int argc, char **argv);
int sl_cmd_status(int argc, char **argv);
int sl_cmd_test(int argc, char **argv);
int sl_cmd_up(int argc, char **argv);
int sl_cmd_version(int argc, char **argv);

#endif
