/* Names under the data and run directories that both processes use; each directory's writer is
 * named here. */
#ifndef SLUICE_LAYOUT_H
#define SLUICE_LAYOUT_H

/* under data */
#define SL_DATA_SETTINGS "settings.bin" /* control */
#define SL_DATA_JOURNAL "journal"       /* dataplane */
#define SL_DATA_CURSORS "cursors"       /* control */
#define SL_DATA_SNAPSHOT "snapshot"     /* control */
#define SL_DATA_QUARANTINE "quarantine" /* control */
#define SL_DATA_DECISIONS "decisions"   /* control */
#define SL_DATA_EVENTS "events"         /* control */
#define SL_DATA_RULESETS "rulesets"     /* control: a directory for each version */
#define SL_RULESETS_CURRENT "current"   /* control: in that, a link to the version in force */
#define SL_DATA_CURRENT SL_DATA_RULESETS "/" SL_RULESETS_CURRENT
#define SL_RULESET_ARTIFACT "artifact.bin" /* control: in a version's directory */

/* under run: see also command.h and stats.h */
#define SL_RUN_API "control.sock" /* control */

#endif
