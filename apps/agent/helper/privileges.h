/* What a process that reads everybody's packets should not keep. */

#ifndef PRIVILEGES_H
#define PRIVILEGES_H

/* Closes what was inherited beside the three standard files. */
void close_inherited(void);

/* Gives up every privilege for good: root's, capabilities, gaining any by exec. The sockets that are open stay. */
void drop_privileges(void);

#endif
