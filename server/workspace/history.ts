/** What git knows. Every function answers "not known" (false, undefined, empty) where there is no git or no repository. */

/** True when git would ignore the file. */
export declare function isIgnored(file: string, signal: AbortSignal): Promise<boolean>;
/** Where a value already stands: in HEAD's version of the file, and in a commit that a remote has. */
export declare function exposure(
  file: string,
  value: string,
  signal: AbortSignal,
): Promise<{ readonly inHead: boolean; readonly pushed: boolean }>;
/** `user.name <user.email>` of the repository, or the operating system's user. */
export declare function author(folder: string, signal: AbortSignal): Promise<string>;
/** The repository's top folder. */
export declare function topFolder(folder: string, signal: AbortSignal): Promise<string | undefined>;
/** Absolute path of the file whose change means another commit is checked out. */
export declare function headFile(folder: string, signal: AbortSignal): Promise<string | undefined>;
