/** How unlike words, names and paths a text is: bits by which its pairs of neighbours surprise, on average. */
export function rarity(text: string): number {
  if (text.length < 2) return 0;
  let sum = 0;
  let before = symbol(text.charCodeAt(0));
  for (let i = 1; i < text.length; i++) {
    const next = symbol(text.charCodeAt(i));
    sum += digits.indexOf(surprises[before]?.charAt(next) ?? '');
    before = next;
  }
  return sum / 4 / (text.length - 1);
}

/** As a machine makes it: hex, or letters and digits in an order that no word or name has. */
export function looksRandom(value: string): boolean {
  const text = value.replace(/=+$/, '');
  if (text.length < 8 || /^[\d\s.,:-]+$/.test(text) || /\s/.test(text)) return false;
  if (/^(?:[0-9a-f]+|[0-9A-F]+)$/.test(text))
    return text.length >= 16 && /[a-f]/i.test(text) && /\d/.test(text) && new Set(text).size >= 6;
  const oneCase = !/\d/.test(text) && (text === text.toLowerCase() || text === text.toUpperCase());
  const least = text.length >= 24 ? 5.9 : text.length >= 16 ? 6.1 : text.length >= 12 ? 6.4 : 6.9;
  return rarity(text) >= least + (oneCase ? 0.6 : 0) && entropy(text) >= (text.length >= 16 ? 3 : 2.5);
}

/** Shannon entropy of its characters, bits a character. */
export function entropy(text: string): number {
  const counts = new Map<string, number>();
  for (const char of text) counts.set(char, (counts.get(char) ?? 0) + 1);
  let sum = 0;
  for (const count of counts.values()) sum -= (count / text.length) * Math.log2(count / text.length);
  return sum;
}

/** a-z, A-Z, any digit, `_`, `-`, `.`, `/`, any other. */
function symbol(code: number): number {
  if (code >= 97 && code <= 122) return code - 97;
  if (code >= 65 && code <= 90) return code - 39;
  if (code >= 48 && code <= 57) return 52;
  const mark = '_-./'.indexOf(String.fromCharCode(code));
  return mark < 0 ? 57 : 53 + mark;
}

const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz+/';

/**
 * Row: a symbol; column: the one after it; in quarters of a bit: -log2 of how often it follows, counted over 400,000 distinct words of
 * program texts and documents (each by the square root of its frequency). A digit carries the bits of which digit it is.
 */
const surprises: readonly string[] = [
  'dLEIdVIhLhRDGEtJoCFANRVRPYpnkkjiwso/ukrkrgrkfgtks///hWYVga',
  'DTNSEVYfGHdAQWERnIITDggjLZcdehcgqse/igfcjesZZcqllyzyYQTKRV',
  'EbMXCYjEMoGIUbAUYIQDJcdkPqcoaheelqcpcgigeerbeZnjou//fQYSbY',
  'HWXL8XVeDcdMaZIVjQLUMcheR/UYRVTYgcSkfYYYVUhRRTabetxoeHRKZN',
  'JVIHSNReaefGMDYPOCDGcRUJQnWbUYVYgcUheaZaYUlUUVdbeo/skLUMYQ',
  'FcUUHHaYAsnJYVDYkJMMLYglPwgmcigdlogmogmcae/lefjvjyxzbQT9gU',
  'NeYc7cMMG/xNOHNY/IILKZgqWXZeUYVZmgTmbXbZYWsVWXcig+tqkKTJQQ',
  'BYeZAhkgB/cTQYEbpMSGMhgkRqWcUcUYkdcokcXeYXlXVUfhfsx+kLUNZR',
  'LMHKJMJteqWFJ9CLeJEElNuRyNplgsku/zj+qnssumwjqk+kz///ucfZgg',
  'KdYU7XiQPcWccbGUZf6fKgP+g+l+flj+++ehhokh+cm++kpl++b+iSUM+V',
  'IYXT6WMaGedOZPRVkWHUPgQwYoPaTSYZZfM/iXYeYYkVSUedgw//kITLXR',
  'FUZKAEYfBgbFcbEUwcLIJUgmMobgYbZcrccujbbcZZpXYYigow//oMVPZU',
  'AKcQ7dckGdZMIVHDkcIVPcnlVsUcYYacjhYpgddfcboaXUhfe//woNXPQW',
  'GdIEFLEcLiQSXQJTjaEAPPhpYgaZTZWZhcUleaZcYViUUUZgeuuxmMUOYT',
  'POIFbQOjRYLIG9MIoAKJHPKVZggkdiklxqjkrglojfxjaikpm+/zsRYTcc',
  'CfYQAYaQJtUFVbDIkELEKedjM+ZgYebepgctidcgdZraYcjkhu//iNXPfT',
  'afeZfehkgprMYVfcZQMX2YT+m++na+ok+og++kjfo+krke++r+++jMYMZX',
  'EYMOAQNhEsQPMOEWoIGHQRcpLwZdUbYenhbqifcbaYqZYYjgl+//rNWMZR',
  'NfMbAZZMHsSTZbLKcYHBKcUgQrabYbZbkkZokecaaZpZZXgdco/poMVESM',
  'FdQVAUgFCvgTUcIPtGILNgYcLhUZSWUYgbSkfWYZYTmTTTYYewwvkIULVQ',
  'MINODMPlHwhDGDSH/CFBdksYklvw/msox+v//svo/s/yr/ox/u/zadneko',
  'AZQg4bWdCtvZUZMYtWNYefcofsopggsjrqg/ukkmkj/icirc/w/sWQYQYY',
  'CbZPFYcICqVRaGCciEGUchMdloXYTYUagZUwgXYcZTtURWcddkrnlHSLRV',
  'OXIUEUnZJx/WQaYBgbT9dgkUNiVYVVUUkke/OYeiUc/aYYghno//PLMNYT',
  'TVUZRbPiSolMKITAoWHIhcOojbTUOUSUcVPgcURSRNgSQRWYcn+qlIQITM',
  'EfXY4UzRDffOQZMYjTSbEmbzQSQhozkozzzzzngzidzznzzzzzzhcSUUUY',
  'gRIPlUMns/sLcNuLrILLGZbusSRMJKQQNeQlWIMInMhHKGOOXRWYSQScke',
  'EhggLm/pJp/NmoJ//Fl/Et/pIcJOLOKOgnMUjKUcNZ/PQeLqk/UaORcahU',
  'FgfhQpsHVx/Fcf8g/IcdPqh/avKROQLQeLReOPUeINkPSMTcilZpTQccka',
  'FbnoBqotEgsqswFR/VckS//oZ/LNPPEOZYJobSYYLYlUOXQhfjYkQIcUgS',
  'UshSzgh/kzzOQGfkUEWgkMzFrtMQLJPMTcblbOOHUQTEILbTZMSkTGZWiS',
  'IqedMu//B//IuXE/sJdrMp/n//IPMNMJbcInkLbcLkpQSPUkeibuPPUfpb',
  'MmhYCpkfEpzMpcQzpEcRNpkzzVOURYEZUKJjfMTIMQgJIOQUedaSkGYVdS',
  'C+gfCq+kGqmqY+Ip+WeIR+jlXlAgYXEhhZLnWURdHV+PXGSYgeXjnKcYqW',
  'qsdDwVYwkmshM8jk/jOIon/is/QOLJOQLcWhgLMDHLkNJIhTeQqRnVgZcY',
  'EsWsOsseLsVhcsDfsgDsJsKsYsXsZaJcssNsNZZsPPss6sPsKhssdUsass',
  'Uxeh6nxhAxxcaSUxnfZxVxaxxxOZOTBZQUMefTcRVXbTMYSaWxjjgIZVdS',
  'L/hjDip/CcrjukE///clcd//rbHYTLDUViFogIVZHTmWMLPYYqScjIXSgT',
  'AeeqBUh/Jhe/koD/sjOnO//iSkEUYQEUbfKscINYLKscLRThtlbklKZbha',
  'B/prJmp/Z//l//Bk/tehKo/tp/JaMIIOIgMnUTcTIUhbIENRgoYvhHYUcK',
  'gIajsJksf/eZcKhA/LiWNSRl/vQQKIYQRdQkOMKDPJ/ELLKUMXfggMYchO',
  'ApwlLgkUM/dKu/ET/AcdKY/lQpHdSYHbYUNsTMXZKOhLQNQacmSohLbcdQ',
  'ggqgggqqfqqbYQYqqqgq4qeqqqZWqbZqqqZqqIVUccRQqq7XgqggjMqZbM',
  'L/ks5lwoY///ouQkvtgkL///o/JbPPDUTkI/UMQRJUkMJMSWeoQqoKeYgT',
  'QuKkEyxOHwYWcXLMchcAJccsIyOdNRIeaMImVPTaMQYZKGOXWeUfgLYScU',
  'IwhxEUoMK/hfkwEm/IimUxfqCwHdSUFRgKIsfSUcMPoKPMTcYdMkkHcZfS',
  'gaikssg/P/okoCoF/GHIc/nkjpQLOTMRPsI/cFMGSJ/FHEUcsY/lWZocod',
  '8hdkBayiIyydbyUcykSicoonkkHYQa9aWiNyycPXVPyVMYdoYgckQRmckb',
  'GxogFgjHAxxcmcAoxEXhjxgdoxIYaTOfYNHxVWdMIVxOLSgjYYxxjMXbkb',
  'VkXZkgtegetiNtXttgaYittiiWSXMPJUWTLtkQDZSFcTHCWbtIMYUCQPeO',
  'OkcuOkWuRuuuukNuukkubkguggIYVkNYXuWuuQOMRAuNHJabNgSUe9YRbM',
  'KbXZKgeUCqqIcqMeqZQebqqqcYLqgcAgcUDgqMNcPVggUqHqaqZgXBUTYW',
  'TTUUUUsonqrljlkf/khhnpsMswMMMMMMvqrykgnkpg/lklnvwrwsHTPKYO',
  'JLFIJIONIZSIKKLHYIFIOMOcecRUORRRYURgZTSTUQhRNQVVYgojcIfXjc',
  'KKILLMSRLUVKOOMJYMHMQQRWcSXZWYXYgeWkkaUeaYqcXYaebitUQYAdZW',
  'JQHLKMMPLLWLLPMIcKHKQSQZdgUWSUTYXZUcjZXWYTgUROabYemkVEqKJc',
  'JJHKLOJQJUYLLMPJcKIKMPNMZaOSOUUXXcSaoVRWYTrRPUYdWbejbPXKCQ',
  'NQKNONUSOdYOOQOLbOKMTSUWZdUTPUUUZXUgjWTabSkXQUVYeekcfXcUJD',
];
